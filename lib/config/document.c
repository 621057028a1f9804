/* The happy path is: parse() checks the bytes, pulls libyaml's events one by one, and take() hangs a node for
 * each into the innermost open mapping or list. It can fail by any event that is refused; the first such
 * failure ends the reading, because what follows cannot be trusted to mean what it seems to. */
#include "config/document.h"

#include <assert.h>
#include <stdlib.h>
#include <unistr.h>
#include <yaml.h>

struct building {
	struct arena *arena;
	struct finding_list *findings;
	struct document_node *root;
	struct document_node *open[DOCUMENT_MAX_DEPTH];
	size_t depth;
	bool has_key; /* the innermost mapping waits for the value of `key` */
	struct view key;
	struct finding_place key_place;
	unsigned documents;
};

static struct finding_place place_of(yaml_mark_t mark)
{
	return (struct finding_place){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static struct finding_place place_in(struct view text, size_t offset)
{
	struct finding_place place = { 1, 1 };

	for (size_t i = 0; i < offset; i++) {
		place.column++;
		if (text.at[i] == '\n')
			place = (struct finding_place){ place.line + 1, 1 };
	}
	return place;
}

/* False after complaining. */
static bool may_be_parsed(struct view yaml, struct finding_list *findings)
{
	const uint8_t *bad;
	size_t nul;

	if (yaml.len > DOCUMENT_MAX_BYTES) {
		finding_error(findings, (struct finding_place){ 0 }, "", "larger than 1 MiB");
		return false;
	}
	nul = view_find(yaml, '\0');
	if (nul < yaml.len) {
		finding_error(findings, place_in(yaml, nul), "", "contains a NUL byte");
		return false;
	}
	bad = yaml.len ? u8_check((const uint8_t *)yaml.at, yaml.len) : NULL;
	if (bad) {
		finding_error(findings, place_in(yaml, (size_t)(bad - (const uint8_t *)yaml.at)),
			      "", "not UTF-8");
		return false;
	}
	return true;
}

static bool refuse(struct building *b, yaml_mark_t mark, const char *why)
{
	finding_error(b->findings, place_of(mark), "", "%s", why);
	return false;
}

static bool is_full(struct building *b, const void *at, yaml_mark_t mark)
{
	if (!at)
		refuse(b, mark, "more than there is room for");
	return !at;
}

static bool is_nothing(const yaml_event_t *e, struct view text)
{
	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (text.len == 0 || view_is(text, VIEW("~")) || view_is_nocase(text, VIEW("null")));
}

static void append(struct document_node *parent, struct document_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n++;
}

/* Hangs a value into what is open. */
static bool hang(struct building *b, struct document_node *node, yaml_mark_t mark)
{
	struct document_node *parent = b->depth ? b->open[b->depth - 1] : NULL;

	node->place = place_of(mark);
	if (!parent) {
		b->root = node;
		return true;
	}
	if (parent->kind == DOCUMENT_MAP) {
		if (parent->n == DOCUMENT_MAX_KEYS)
			return refuse(b, mark, "a mapping with more than 256 keys");
		node->key = b->key;
		node->key_place = b->key_place;
		b->has_key = false;
	}
	append(parent, node);
	return true;
}

static bool waits_for_key(const struct building *b)
{
	return b->depth && b->open[b->depth - 1]->kind == DOCUMENT_MAP && !b->has_key;
}

static bool take_scalar(struct building *b, const yaml_event_t *e)
{
	struct view text = view_make(e->data.scalar.value, e->data.scalar.length);
	struct document_node *node;

	if (e->data.scalar.anchor)
		return refuse(b, e->start_mark, "anchors and aliases are not accepted");
	if (e->data.scalar.tag)
		return refuse(b, e->start_mark, "tags are not accepted");
	node = arena_zalloc(b->arena, sizeof(*node));
	if (is_full(b, node, e->start_mark))
		return false;
	node->kind = is_nothing(e, text) ? DOCUMENT_NOTHING : DOCUMENT_SCALAR;
	node->text = arena_copy(b->arena, text);
	if (is_full(b, node->text.at, e->start_mark))
		return false;
	if (!waits_for_key(b))
		return hang(b, node, e->start_mark);
	b->key = node->text;
	b->key_place = place_of(e->start_mark);
	b->has_key = true;
	return true;
}

static bool take_start(struct building *b, const yaml_event_t *e, enum document_kind kind,
		       const void *anchor, const void *tag)
{
	struct document_node *node;

	if (anchor)
		return refuse(b, e->start_mark, "anchors and aliases are not accepted");
	if (tag)
		return refuse(b, e->start_mark, "tags are not accepted");
	if (waits_for_key(b))
		return refuse(b, e->start_mark, "a key that is not a plain word");
	if (b->depth == DOCUMENT_MAX_DEPTH)
		return refuse(b, e->start_mark, "nested more than 16 deep");
	node = arena_zalloc(b->arena, sizeof(*node));
	if (is_full(b, node, e->start_mark))
		return false;
	node->kind = kind;
	if (!hang(b, node, e->start_mark))
		return false;
	b->open[b->depth++] = node;
	return true;
}

/* False after complaining. */
static bool take(struct building *b, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return ++b->documents == 1 || refuse(b, e->start_mark, "more than one document");
	case YAML_ALIAS_EVENT:
		return refuse(b, e->start_mark, "anchors and aliases are not accepted");
	case YAML_SCALAR_EVENT:
		return take_scalar(b, e);
	case YAML_MAPPING_START_EVENT:
		return take_start(b, e, DOCUMENT_MAP, e->data.mapping_start.anchor,
				  e->data.mapping_start.tag);
	case YAML_SEQUENCE_START_EVENT:
		return take_start(b, e, DOCUMENT_LIST, e->data.sequence_start.anchor,
				  e->data.sequence_start.tag);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		assert(b->depth > 0);
		b->depth--;
		return true;
	default:
		return true;
	}
}

static void complain_of_syntax(struct building *b, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "not YAML";

	if (parser->context)
		finding_error(b->findings, place_of(parser->problem_mark), "", "%s %s", problem,
			      parser->context);
	else
		finding_error(b->findings, place_of(parser->problem_mark), "", "%s", problem);
}

/* False after complaining. */
static bool build(struct building *b, yaml_parser_t *parser)
{
	for (bool at_end = false; !at_end;) {
		yaml_event_t e;
		bool taken;

		if (!yaml_parser_parse(parser, &e)) {
			complain_of_syntax(b, parser);
			return false;
		}
		at_end = e.type == YAML_STREAM_END_EVENT;
		taken = take(b, &e);
		yaml_event_delete(&e);
		if (!taken)
			return false;
	}
	return true;
}

struct document_node *document_parse(struct view yaml, struct arena *arena,
				     struct finding_list *findings)
{
	struct building b = { .arena = arena, .findings = findings };
	yaml_parser_t parser;
	bool built;

	if (!may_be_parsed(yaml, findings))
		return NULL;
	if (!yaml_parser_initialize(&parser)) {
		finding_error(findings, (struct finding_place){ 0 }, "", "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.at, yaml.len);
	built = build(&b, &parser);
	yaml_parser_delete(&parser);
	if (!built)
		return NULL;
	return b.root ? b.root : arena_zalloc(arena, sizeof(*b.root));
}

struct document_node *document_scalar(struct view text, struct arena *arena)
{
	struct document_node *node = arena_zalloc(arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = DOCUMENT_SCALAR;
	node->text = arena_copy(arena, text);
	return node->text.at ? node : NULL;
}

struct document_node *document_find(const struct document_node *map, struct view key)
{
	if (!map || map->kind != DOCUMENT_MAP)
		return NULL;
	for (struct document_node *n = map->first; n; n = n->next)
		if (view_is(n->key, key))
			return n;
	return NULL;
}

/* The next step of a path: a key, or the index in brackets. */
static struct document_node *step(const struct document_node *from, const char **path)
{
	size_t len = strcspn(*path, ".[");
	struct document_node *to;

	if (**path == '[') {
		unsigned long index = strtoul(*path + 1, NULL, 10);

		to = from->kind == DOCUMENT_LIST ? from->first : NULL;
		while (to && index--)
			to = to->next;
		*path += strcspn(*path, "]") + 1;
	} else {
		to = document_find(from, view_make(*path, len));
		*path += len;
	}
	*path += **path == '.';
	return to;
}

struct finding_place document_place(const struct document_node *root, const char *path)
{
	struct finding_place place = root->place;

	for (const struct document_node *n = root; *path;) {
		n = step(n, &path);
		if (!n)
			break;
		place = n->key.at ? n->key_place : n->place;
	}
	return place.line ? place : (struct finding_place){ 1, 1 };
}

struct document_node *document_reach(struct document_node *root, const char *path)
{
	struct document_node *n = root;

	while (n && *path)
		n = step(n, &path);
	return n;
}

static void move_to(struct document_node *node, struct finding_place place)
{
	node->place = place;
	node->key_place = place;
	/* Nesting is bounded by DOCUMENT_MAX_DEPTH. */
	for (struct document_node *n = node->first; n; n = n->next)
		move_to(n, place);
}

void document_complete(struct document_node *map, struct document_node *extra,
		       struct finding_place place)
{
	struct document_node *next;

	assert(map->kind == DOCUMENT_MAP && extra->kind == DOCUMENT_MAP);
	for (struct document_node *n = extra->first; n; n = next) {
		next = n->next;
		if (document_find(map, n->key))
			continue;
		n->next = NULL;
		move_to(n, place);
		append(map, n);
	}
}

void document_wipe(struct document_node *root)
{
	union {
		const char *read_only;
		char *at;
	} bytes;

	if (!root)
		return;
	bytes.read_only = root->text.at;
	if (root->text.len)
		explicit_bzero(bytes.at, root->text.len);
	for (struct document_node *n = root->first; n; n = n->next)
		document_wipe(n);
}

const char *document_kind_text(enum document_kind kind)
{
	static const char *const texts[] = {
		[DOCUMENT_NOTHING] = "nothing",
		[DOCUMENT_SCALAR] = "a single value",
		[DOCUMENT_LIST] = "a list",
		[DOCUMENT_MAP] = "a mapping",
	};

	return texts[kind];
}
