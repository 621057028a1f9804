# latchd. `make run` tries it, `make check` proves it, `make help` lists the rest.
#
# Everything is built under build/<variant>/: plain (default), asan, tsan, cover, fuzz.
# Sources are found by their place: lib/<room>/<module>.c goes into the archive,
# tests/unit/<room>/test_<module>.c, tests/flow/test_*.c and tests/integration/test_*.c
# are one program each, linked with tests/support/*.c.

VARIANT ?= plain
CC      ?= cc
B       := build/$(VARIANT)

PACKAGES := libevent libsystemd yaml-0.1 openssl sqlite3 libcurl jansson
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 \
            -Wimplicit-fallthrough -Wredundant-decls -Wnested-externs -Wdouble-promotion -Werror
HARDEN   := -fstack-protector-strong -fno-strict-aliasing -fPIE
CPPFLAGS += -D_GNU_SOURCE -Ilib -MMD -MP
LDLIBS   += $(shell pkg-config --libs $(PACKAGES)) -levhtp -lunistring -lm -lpthread

CFLAGS_plain := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
CFLAGS_asan  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan  := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_cover := -O0 -g --coverage
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(HARDEN) $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS  := -pie -Wl,-z,relro,-z,now $(filter -fsanitize=% --coverage,$(CFLAGS_$(VARIANT))) $(LDFLAGS)

LIB_SRC     := $(wildcard lib/*/*.c)
LATCHD_SRC  := $(wildcard cmd/latchd/*.c)
SUPPORT_SRC := $(wildcard tests/support/*.c)
UNIT_SRC    := $(wildcard tests/unit/*/test_*.c)
FLOW_SRC    := $(wildcard tests/flow/test_*.c)
INTEG_SRC   := $(wildcard tests/integration/test_*.c)

LIB    := $(B)/liblatch.a
UNIT   := $(UNIT_SRC:%.c=$(B)/%)
FLOW   := $(FLOW_SRC:%.c=$(B)/%)
INTEG  := $(INTEG_SRC:%.c=$(B)/%)

.PHONY: all unit flow integration clean
.SECONDARY:

all: $(if $(LATCHD_SRC),$(B)/latchd)
	@$(if $(LATCHD_SRC),ln -sf $(VARIANT)/latchd build/latchd)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(if $(filter tests/%,$<),-Itests/support) $(ALL_CFLAGS) -c -o $@ $<

$(LIB): $(LIB_SRC:%.c=$(B)/%.o)
	@mkdir -p $(@D); rm -f $@
	ar rcs $@ $^

$(B)/libsupport.a: $(SUPPORT_SRC:%.c=$(B)/%.o)
	@mkdir -p $(@D); rm -f $@
	ar rcs $@ $^

$(B)/latchd: $(LATCHD_SRC:%.c=$(B)/%.o) $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

$(B)/tests/%: $(B)/tests/%.o $(LIB) $(B)/libsupport.a
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(B)/libsupport.a $(LIB) $(LDLIBS) $(shell pkg-config --libs check)

# make unit ROOM=http runs one room's tests.
unit: $(if $(ROOM),$(filter $(B)/tests/unit/$(ROOM)/%,$(UNIT)),$(UNIT))
	@set -e; for t in $^; do echo "== $$t"; $$t; done

flow: $(FLOW)
	@set -e; for t in $^; do echo "== $$t"; $$t; done

integration: $(B)/latchd $(INTEG)
	@set -e; for t in $(INTEG); do echo "== $$t"; LATCHD=$(B)/latchd $$t; done

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
