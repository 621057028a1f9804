#include "config/settings.h"

#include "base/arena.h"
#include "base/hmac.h"
#include "base/mem.h"
#include "config/contradiction.h"
#include "config/document.h"
#include "config/listing.h"
#include "config/option.h"
#include "config/preset.h"
#include "config/reader.h"
#include "config/reference.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

enum { WORKERS_MAX = 64 };

static unsigned usable_cores(void)
{
	cpu_set_t *cores;
	unsigned n = 0;

	/* A machine may have more cores than one cpu_set_t holds: ask with ever larger ones. */
	for (int size = CPU_SETSIZE; n == 0 && size <= CPU_SETSIZE * 64; size *= 2) {
		cores = CPU_ALLOC((size_t)size);
		if (!cores)
			break;
		if (sched_getaffinity(0, CPU_ALLOC_SIZE((size_t)size), cores) == 0)
			n = (unsigned)CPU_COUNT_S(CPU_ALLOC_SIZE((size_t)size), cores);
		CPU_FREE(cores);
	}
	return n == 0 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
}

static void free_settings(struct settings *s)
{
	if (s->fleet.drop)
		s->fleet.drop(s->fleet.at);
	if (s->tls.drop)
		s->tls.drop(s->tls.at);
	option_drop("", s);
	mem_free(s);
}

struct settings *settings_ref(struct settings *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void settings_unref(struct settings **s)
{
	if (*s && atomic_fetch_sub_explicit(&(*s)->refs, 1, memory_order_acq_rel) == 1)
		free_settings(*s);
	*s = NULL;
}

static struct settings *read_document(struct view yaml, struct arena *arena,
				      struct finding_list *findings)
{
	struct document_node *root = document_parse(yaml, arena, findings);
	struct settings *s;

	if (!root)
		return NULL;
	s = MEM_NEW(struct settings);
	preset_apply(root, arena, findings);
	reader_read(root, arena, findings, s);
	contradiction_check(root, s, findings);
	document_wipe(root);
	return s;
}

struct settings *settings_parse(struct view yaml, const char *name, struct text *messages)
{
	struct finding_list *findings = finding_list_create();
	struct settings *s;
	struct arena arena;

	arena_init(&arena, NULL, 0, DOCUMENT_ARENA_BYTES);
	s = read_document(yaml, &arena, findings);
	arena_fini(&arena);
	if (s && finding_has_errors(findings)) {
		free_settings(s);
		s = NULL;
	}
	if (s) {
		atomic_init(&s->refs, 1);
		hmac_random(&s->epoch, sizeof(s->epoch));
		if (!s->workers)
			s->workers = usable_cores();
	}
	finding_write(findings, name, messages);
	finding_list_destroy(&findings);
	return s;
}

/* At most `size` bytes. Negative after an error, which errno tells. */
static ssize_t read_whole(const char *path, char *ret_bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (n != 0 && len < size) {
		n = read(fd, ret_bytes + len, size - len);
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

struct settings *settings_load(const char *path, struct text *messages)
{
	size_t size =
		DOCUMENT_MAX_BYTES + 1; /* one more, so that what is too large is seen to be */
	char *bytes = mem_new(size);
	ssize_t len = read_whole(path, bytes, size);
	struct settings *s = NULL;

	if (len < 0)
		text_printf(messages, "%s: cannot be read: %s\n", path, strerror(errno));
	else
		s = settings_parse(view_make(bytes, (size_t)len), path, messages);
	mem_free_secret(bytes, size);
	return s;
}

void settings_print(const struct settings *s, struct text *t)
{
	listing_write(s, t);
}

void settings_compare(const struct settings *before, const struct settings *after, struct text *t)
{
	listing_compare(before, after, t);
}

void settings_describe(struct text *t)
{
	reference_write(t);
}

size_t settings_servers(const struct settings *s)
{
	return s->origin.n_servers ? s->origin.n_servers : 1;
}

struct settings_server settings_server(const struct settings *s, size_t i)
{
	const struct settings_origin *o = &s->origin;

	assert(i < settings_servers(s));
	if (o->n_servers)
		return o->servers[i];
	return (struct settings_server){
		.url = o->url, .address = o->address, .https = o->https, .authority = o->authority
	};
}

bool settings_cidr_contains(const struct settings_cidrs *list, const uint8_t address[16])
{
	for (size_t i = 0; i < list->n; i++) {
		const struct settings_cidr *c = &list->at[i];
		unsigned whole = c->bits / 8, rest = c->bits % 8;

		if (memcmp(c->address, address, whole) != 0)
			continue;
		if (!rest || !((c->address[whole] ^ address[whole]) & (0xff00 >> rest) & 0xff))
			return true;
	}
	return false;
}

bool settings_address_of(const struct sockaddr_storage *at, uint8_t ret_address[16])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)at;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)at;

	memset(ret_address, 0, 16);
	if (at->ss_family == AF_INET) {
		memset(ret_address + 10, 0xff, 2);
		memcpy(ret_address + 12, &v4->sin_addr, 4);
	} else if (at->ss_family == AF_INET6) {
		memcpy(ret_address, &v6->sin6_addr, 16);
	}
	return at->ss_family == AF_INET || at->ss_family == AF_INET6 || at->ss_family == AF_UNIX;
}
