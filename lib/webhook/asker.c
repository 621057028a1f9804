/* The happy path is: asker_ask posts the question to the webhook thread, on_question opens an inquiry, or joins
 * the one that asks the same, on_return reads the answer and posts each question back to the loop that it came
 * from, where on_answered calls back. It can fail by the backend not answering, which is no veto and counts
 * for the breaker; while that is closed on_question answers by itself. */
#include "webhook/asker.h"

#include "base/hmac.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "webhook/answer.h"
#include "webhook/backend.h"
#include "webhook/breaker.h"
#include "webhook/recall.h"

#include <assert.h>
#include <pthread.h>

enum { OPEN_MAX = 256, REMEMBERED_MAX = 4096 };

struct asker {
	struct loop_letter close; /* to the webhook thread */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;  /* under lock: no question is posted to the webhook thread any more */
	bool settled; /* under lock: and none is open there */
	/* the webhook thread's: */
	struct backend *backend;
	struct map *open; /* struct inquiry, by id */
	struct recall *recall;
	struct breaker breaker;
};

/* What is asked once, for all who ask it. */
struct inquiry {
	struct backend_parcel parcel;
	struct asker *asker;
	char id[ID_TEXT_BYTES];
	struct asker_question *first;
};

static struct view id_of(const char id[ID_TEXT_BYTES])
{
	return view_make(id, ID_TEXT_BYTES - 1);
}

static void on_answered(struct loop_letter *letter)
{
	struct asker_question *q = (struct asker_question *)letter;

	q->on_answer(q, q->veto);
}

static void answer(struct asker_question *q, bool veto)
{
	q->veto = veto;
	q->letter.on_delivery = on_answered;
	loop_post(q->loop, &q->letter);
}

static void note(struct asker *a, const struct courier_receipt *receipt, bool succeeded)
{
	if (!breaker_note(&a->breaker, succeeded, loop_now_ms(a->backend->loop)))
		return;
	if (receipt->outcome == COURIER_ANSWERED)
		log_warn("webhook",
			 "%u questions in a row failed (status %u): none is asked for %lld s",
			 BREAKER_FAILURES, receipt->status, (long long)a->breaker.pause_ms / 1000);
	else
		log_warn("webhook", "%u questions in a row failed (%s): none is asked for %lld s",
			 BREAKER_FAILURES, receipt->why, (long long)a->breaker.pause_ms / 1000);
}

/* Returns whether it is a veto. */
static bool read_answer(struct asker *a, const struct courier_receipt *receipt)
{
	bool answered = receipt->outcome == COURIER_ANSWERED && receipt->status / 100 == 2;
	bool veto = answered && receipt->body_is_whole &&
		    answer_is_veto(receipt->status, receipt->body);

	if (receipt->outcome == COURIER_ANSWERED && receipt->status == 410)
		backend_is_gone(a->backend);
	note(a, receipt, answered);
	if (answered)
		backend_count(a->backend,
			      veto ? METRIC_WEBHOOK_QUESTION_VETO : METRIC_WEBHOOK_QUESTION_NONE);
	else
		backend_count(a->backend, receipt->outcome == COURIER_TIMEOUT
						  ? METRIC_WEBHOOK_QUESTION_TIMEOUT
						  : METRIC_WEBHOOK_QUESTION_FAILED);
	return veto;
}

static void on_return(struct courier_parcel *parcel, const struct courier_receipt *receipt)
{
	struct inquiry *i = (struct inquiry *)parcel;
	struct asker *a = i->asker;
	bool veto = false;

	if (receipt->outcome == COURIER_CUT) {
		backend_count(a->backend, METRIC_WEBHOOK_QUESTION_SKIPPED);
	} else {
		veto = read_answer(a, receipt);
		recall_put(a->recall, id_of(i->id), veto, loop_now_ms(a->backend->loop));
	}
	map_drop(a->open, id_of(i->id));
	while (i->first) {
		struct asker_question *q = i->first;

		i->first = q->next;
		answer(q, veto);
	}
	backend_free_body(&i->parcel);
	mem_free(i);
}

/* One id for what is equal, so a backend that is asked again after a restart sees that it is the same. */
static void name_question(const struct asker_question *q, char ret_id[ID_TEXT_BYTES])
{
	uint8_t digest[DIGEST_BYTES];
	char bytes[ID_BYTES + 64];
	size_t len = strlen(q->type);

	assert(len <= sizeof(bytes) - ID_BYTES);
	memcpy(bytes, q->key, ID_BYTES);
	memcpy(bytes + ID_BYTES, q->type, len);
	hmac_sha256(view_make(bytes, ID_BYTES + len), digest);
	account_id_format(digest, ret_id);
}

static void open_inquiry(struct asker *a, struct asker_question *q, const char id[ID_TEXT_BYTES],
			 const json_t *data)
{
	struct inquiry *i = MEM_NEW(struct inquiry);
	char *text = json_dump(data);
	struct backend_message message = { .type = q->type,
					   .id = i->id,
					   .happened_ms = loop_wall_ms(a->backend->loop),
					   .data = view_of(text) };

	i->asker = a;
	i->first = q;
	q->next = NULL;
	memcpy(i->id, id, ID_TEXT_BYTES);
	i->parcel.courier.on_return = on_return;
	map_put(a->open, id_of(i->id), i);
	backend_send(a->backend, &i->parcel, &message, a->backend->settings->events.timeout_ms);
	mem_free(text);
}

static bool may_ask(struct asker *a)
{
	return backend_is_there(a->backend) && map_count(a->open) < OPEN_MAX &&
	       breaker_admits(&a->breaker, loop_now_ms(a->backend->loop));
}

static void take_question(struct asker *a, struct asker_question *q, const json_t *data)
{
	char id[ID_TEXT_BYTES];
	struct inquiry *open;
	bool veto;

	name_question(q, id);
	open = map_get(a->open, id_of(id));
	if (open) {
		q->next = open->first;
		open->first = q;
	} else if (recall_find(a->recall, id_of(id), loop_now_ms(a->backend->loop), &veto)) {
		answer(q, veto);
	} else if (may_ask(a)) {
		open_inquiry(a, q, id, data);
	} else {
		if (backend_is_configured(a->backend))
			backend_count(a->backend, METRIC_WEBHOOK_QUESTION_SKIPPED);
		answer(q, false);
	}
}

static void on_question(struct loop_letter *letter)
{
	struct asker_question *q = (struct asker_question *)letter;
	json_t *data = q->data;

	q->data = NULL;
	take_question(q->asker, q, data);
	json_decref(data);
}

void asker_ask(struct asker *a, struct asker_question *q)
{
	q->asker = a;
	q->letter.on_delivery = on_question;
	pthread_mutex_lock(&a->lock);
	if (!a->closed) {
		loop_post(a->backend->loop, &q->letter);
	} else {
		json_decref(q->data);
		q->data = NULL;
		answer(q, false);
	}
	pthread_mutex_unlock(&a->lock);
}

/* Delivered behind all questions that were posted before. */
static void on_close(struct loop_letter *letter)
{
	struct asker *a = (struct asker *)letter;
	struct map_cursor cursor = { 0 };
	void *open;

	while (map_next(a->open, &cursor, NULL, &open)) {
		struct inquiry *i = open;

		courier_cancel(a->backend->courier, &i->parcel.courier);
	}
	pthread_mutex_lock(&a->lock);
	a->settled = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void asker_close(struct asker *a)
{
	pthread_mutex_lock(&a->lock);
	if (!a->closed) {
		a->closed = true;
		loop_post(a->backend->loop, &a->close);
	}
	while (!a->settled)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

struct asker *asker_create(struct backend *b, int64_t pause_ms, int64_t remember_ms)
{
	struct asker *a = MEM_NEW(struct asker);

	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->close.on_delivery = on_close;
	a->backend = b;
	a->open = map_create();
	a->recall = recall_create(REMEMBERED_MAX, remember_ms);
	breaker_init(&a->breaker, pause_ms);
	return a;
}

void asker_destroy(struct asker **a)
{
	if (!*a)
		return;
	assert(map_count((*a)->open) == 0);
	map_destroy(&(*a)->open);
	recall_destroy(&(*a)->recall);
	pthread_cond_destroy(&(*a)->changed);
	pthread_mutex_destroy(&(*a)->lock);
	MEM_FREE(*a);
}
