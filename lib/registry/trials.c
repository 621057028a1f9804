#include "registry/trials.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>

enum { MAX_ACCOUNTS = 8 }; /* remembered for a device: the latest */

struct trial {
	uint8_t account[ID_BYTES];
	int64_t started_ms;
	uint64_t number; /* 0: was there when the state was read */
};

struct host {
	unsigned n;
	struct trial trials[MAX_ACCOUNTS];
};

struct trials {
	const struct hmac_key *key;
	pthread_mutex_t lock;
	struct map *hosts; /* by the device's HMAC */
};

struct trials *trials_create(const struct hmac_key *key)
{
	struct trials *t = MEM_NEW(struct trials);

	t->key = key;
	pthread_mutex_init(&t->lock, NULL);
	t->hosts = map_create();
	return t;
}

void trials_destroy(struct trials **t)
{
	struct map_cursor cursor = { 0 };
	void *host;

	if (!*t)
		return;
	while (map_next((*t)->hosts, &cursor, NULL, &host))
		mem_free(host);
	map_destroy(&(*t)->hosts);
	pthread_mutex_destroy(&(*t)->lock);
	MEM_FREE(*t);
}

static void sign(const struct trials *t, struct view what, struct view value,
		 uint8_t ret_mac[ID_BYTES])
{
	uint8_t mac[DIGEST_BYTES];
	struct view parts[] = { what, value };

	hmac_sign(t->key, parts, 2, mac);
	memcpy(ret_mac, mac, ID_BYTES);
}

static struct host *host_of(struct trials *t, const uint8_t device[ID_BYTES])
{
	struct view key = view_make(device, ID_BYTES);
	struct host *h = map_get(t->hosts, key);

	if (!h) {
		h = MEM_NEW(struct host);
		map_put(t->hosts, key, h);
	}
	return h;
}

static struct trial *place_for(struct host *h)
{
	struct trial *oldest = &h->trials[0];

	if (h->n < MAX_ACCOUNTS)
		return &h->trials[h->n++];
	for (unsigned i = 1; i < h->n; i++)
		if (h->trials[i].started_ms < oldest->started_ms)
			oldest = &h->trials[i];
	return oldest;
}

static struct trial *add_trial(struct host *h, const uint8_t account[ID_BYTES], int64_t started_ms)
{
	struct trial *n = place_for(h);

	*n = (struct trial){ .started_ms = started_ms };
	memcpy(n->account, account, ID_BYTES);
	return n;
}

void trials_load(struct trials *t, const uint8_t device[ID_BYTES], const uint8_t account[ID_BYTES],
		 int64_t started_ms)
{
	add_trial(host_of(t, device), account, started_ms);
}

static void drop_expired(struct host *h, int64_t now_ms)
{
	int64_t limit_ms = now_ms - TRIALS_DAYS * INT64_C(86400000);

	for (unsigned i = 0; i < h->n;)
		if (h->trials[i].started_ms < limit_ms)
			h->trials[i] = h->trials[--h->n];
		else
			i++;
}

static struct trial *find_trial(struct host *h, const uint8_t account[ID_BYTES])
{
	for (unsigned i = 0; i < h->n; i++)
		if (memcmp(h->trials[i].account, account, ID_BYTES) == 0)
			return &h->trials[i];
	return NULL;
}

/* Whoever was first stays so: a later account's trial makes no repeat of it. */
static bool had_trial_before(const struct host *h, const struct trial *own)
{
	for (unsigned i = 0; i < h->n; i++)
		if (&h->trials[i] != own && (!own || h->trials[i].started_ms < own->started_ms))
			return true;
	return false;
}

static uint64_t write_trial(struct writer *w, const uint8_t device[ID_BYTES],
			    const struct trial *trial)
{
	uint8_t first[128];
	struct pack p;
	uint64_t number;

	pack_init(&p, first, sizeof(first));
	row_begin(&p, ROW_TRIAL);
	row_blob(&p, device, ID_BYTES);
	row_blob(&p, trial->account, ID_BYTES);
	row_int(&p, trial->started_ms);
	row_end(&p);
	number = writer_submit(w, row_batch_create(&p, NULL), true);
	pack_fini(&p);
	return number;
}

bool trials_note(struct trials *t, struct writer *w, int64_t now_ms, const struct device_id *device,
		 struct view account, uint64_t *ret_number)
{
	uint8_t device_mac[ID_BYTES], account_mac[ID_BYTES];
	struct host *h;
	struct trial *own;
	bool repeat;

	sign(t, VIEW("trial device "), view_make(device->bytes, ID_BYTES), device_mac);
	sign(t, VIEW("trial account "), account, account_mac);
	pthread_mutex_lock(&t->lock);
	h = host_of(t, device_mac);
	drop_expired(h, now_ms);
	own = find_trial(h, account_mac);
	repeat = had_trial_before(h, own);
	if (!own) {
		own = add_trial(h, account_mac, now_ms);
		own->number = write_trial(w, device_mac, own);
	}
	*ret_number = own->number;
	pthread_mutex_unlock(&t->lock);
	return repeat;
}
