#include "registry/scopes.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>

struct name_scopes {
	unsigned n;
	struct registry_scope scopes[SCOPES_PER_NAME];
};

struct scopes {
	pthread_rwlock_t lock;
	struct map *names;
};

struct scopes *scopes_create(void)
{
	struct scopes *s = MEM_NEW(struct scopes);

	pthread_rwlock_init(&s->lock, NULL);
	s->names = map_create();
	return s;
}

static void destroy_name(struct name_scopes *n)
{
	for (unsigned i = 0; i < n->n; i++) {
		mem_free(n->scopes[i].name);
		mem_free(n->scopes[i].path);
		mem_free(n->scopes[i].domain);
	}
	mem_free(n);
}

void scopes_destroy(struct scopes **s)
{
	struct map_cursor cursor = { 0 };
	void *name;

	if (!*s)
		return;
	while (map_next((*s)->names, &cursor, NULL, &name))
		destroy_name(name);
	map_destroy(&(*s)->names);
	pthread_rwlock_destroy(&(*s)->lock);
	MEM_FREE(*s);
}

static bool is_known(const struct name_scopes *n, struct view path, struct view domain)
{
	for (unsigned i = 0; n && i < n->n; i++)
		if (view_is(view_of(n->scopes[i].path), path) &&
		    view_is(view_of(n->scopes[i].domain), domain))
			return true;
	return false;
}

static bool is_worth_writing(struct scopes *s, struct view name, struct view path,
			     struct view domain)
{
	const struct name_scopes *n;
	bool worth;

	pthread_rwlock_rdlock(&s->lock);
	n = map_get(s->names, name);
	worth = n ? n->n < SCOPES_PER_NAME && !is_known(n, path, domain)
		  : map_count(s->names) < SCOPES_NAMES;
	pthread_rwlock_unlock(&s->lock);
	return worth;
}

static char *copy_or_null(struct view v)
{
	return v.len ? mem_copy(v.at, v.len) : NULL;
}

static bool add_scope(struct scopes *s, struct view name, struct view path, struct view domain)
{
	struct name_scopes *n = map_get(s->names, name);

	if (!n && map_count(s->names) < SCOPES_NAMES) {
		n = MEM_NEW(struct name_scopes);
		map_put(s->names, name, n);
	}
	if (!n || n->n == SCOPES_PER_NAME || is_known(n, path, domain))
		return false;
	n->scopes[n->n++] = (struct registry_scope){
		.name = mem_copy(name.at, name.len),
		.path = copy_or_null(path),
		.domain = copy_or_null(domain),
	};
	return true;
}

bool scopes_put(struct scopes *s, struct view name, struct view path, struct view domain)
{
	bool added;

	if (!is_worth_writing(s, name, path, domain))
		return false;
	pthread_rwlock_wrlock(&s->lock);
	added = add_scope(s, name, path, domain);
	pthread_rwlock_unlock(&s->lock);
	return added;
}

void scopes_learn(struct scopes *s, struct writer *w, struct view name, struct view path,
		  struct view domain)
{
	uint8_t first[256];
	struct pack p;

	if (!scopes_put(s, name, path, domain))
		return;
	pack_init(&p, first, sizeof(first));
	row_begin(&p, ROW_SCOPE);
	row_text(&p, name);
	row_text(&p, path.len ? path : VIEW(""));
	row_text(&p, domain.len ? domain : VIEW(""));
	row_end(&p);
	writer_submit(w, row_batch_create(&p, NULL), false);
	pack_fini(&p);
}

void scopes_each(struct scopes *s, struct view name,
		 void (*fn)(const struct registry_scope *scope, void *arg), void *arg)
{
	const struct name_scopes *n;

	pthread_rwlock_rdlock(&s->lock);
	n = map_get(s->names, name);
	for (unsigned i = 0; n && i < n->n; i++)
		fn(&n->scopes[i], arg);
	pthread_rwlock_unlock(&s->lock);
}
