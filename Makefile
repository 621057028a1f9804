# latchd. `make run` tries it, `make check` proves it, `make help` lists the rest.
#
# Everything is built under build/<variant>/: plain (default), asan, tsan, cover, fuzz.
# Sources are found by their place: lib/<room>/<module>.c goes into the archive,
# tests/unit/<room>/test_<module>.c, tests/flow/test_*.c and tests/integration/test_*.c
# are one program each, linked with tests/support/*.c; tests/fuzz/fuzz_*.c are fuzz targets.

VARIANT ?= plain
B       := build/$(VARIANT)
JOBS    ?= $(shell nproc)
ifeq ($(VARIANT),fuzz)
CC      := clang
endif

PREFIX  ?= /usr
DESTDIR ?=
VERSION := $(shell sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)

PACKAGES := libevent libsystemd yaml-0.1 openssl sqlite3 libcurl jansson
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 \
            -Wimplicit-fallthrough -Wredundant-decls -Wnested-externs -Wdouble-promotion -Werror
HARDEN   := -fstack-protector-strong -fno-strict-aliasing -fPIE
CPPFLAGS += -D_GNU_SOURCE -Ilib -DLATCHD_VERSION='"$(VERSION)"'
DEPFLAGS := -MMD -MP
LDLIBS   += $(shell pkg-config --libs $(PACKAGES)) -levhtp -lunistring -lm -lpthread

CFLAGS_plain := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
CFLAGS_asan  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan  := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_cover := -O0 -g --coverage -fprofile-update=atomic
CFLAGS_fuzz  := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all \
                -fno-omit-frame-pointer
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(HARDEN) $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS  := -pie -Wl,-z,relro,-z,now $(filter -fsanitize=% --coverage,$(CFLAGS_$(VARIANT))) $(LDFLAGS)

LIB_SRC      := $(wildcard lib/*/*.c)
LATCHD_SRC   := $(wildcard cmd/latchd/*.c)
LATCHCTL_SRC := $(wildcard cmd/latchctl/*.c)
SUPPORT_SRC  := $(wildcard tests/support/*.c)
UNIT_SRC     := $(wildcard tests/unit/*/test_*.c)
FLOW_SRC     := $(wildcard tests/flow/test_*.c)
INTEG_SRC    := $(wildcard tests/integration/test_*.c)
CONFORM_SRC  := $(wildcard tests/conformance/*.c)
CHAOS_SRC    := $(wildcard tests/chaos/*.c)
FUZZ_SRC     := $(wildcard tests/fuzz/fuzz_*.c)
ALL_SRC      := $(LIB_SRC) $(LATCHD_SRC) $(LATCHCTL_SRC) $(SUPPORT_SRC) $(wildcard tests/*/*/*.c) \
                $(CONFORM_SRC) $(CHAOS_SRC) $(wildcard tests/flow/*.c tests/integration/*.c tests/fuzz/*.c tests/bench/*.c)
ALL_HEADERS  := $(wildcard lib/*/*.h cmd/*/*.h tests/*/*.h tests/*/*/*.h)

LIB      := $(B)/liblatch.a
SUPPORT  := $(B)/libsupport.a
PROGRAMS := $(if $(LATCHD_SRC),$(B)/latchd) $(if $(LATCHCTL_SRC),$(B)/latchctl)
UNIT     := $(UNIT_SRC:%.c=$(B)/%)
FLOW     := $(FLOW_SRC:%.c=$(B)/%)
CONFORM  := $(if $(CONFORM_SRC),$(B)/conformance)
INTEG    := $(CONFORM) $(INTEG_SRC:%.c=$(B)/%)
# Programs of the benchmark, and what they are made of: inside.c looks inside, pace.c is a part of the origin.
BENCH_PARTS := tests/bench/inside.c tests/bench/pace.c
BENCH    := $(patsubst %.c,$(B)/%,$(filter-out $(BENCH_PARTS),$(wildcard tests/bench/*.c)))
PRELOAD  := $(B)/tests/support/preload/heap.so
FUZZ     := $(FUZZ_SRC:%.c=$(B)/%)
# The parser that two fuzz targets are compared with: sources that Debian's node-llhttp installs.
LLHTTP   := /usr/share/llhttp
WITNESS  := $(addprefix $(B)/tests/fuzz/,witness.o llhttp/api.o llhttp/http.o llhttp/llhttp.o)
FOR_TESTS := -Itests/support -isystem /usr/share/include
CHAOS    := $(B)/tests/chaos/test_chaos
TESTS    := $(if $(ROOM),$(filter $(B)/tests/unit/$(ROOM)/%,$(UNIT)),$(UNIT))

# What the test programs look at: heavy cases are left out where everything is slow already.
TEST_ENV := LATCHD=$(B)/latchd LATCHD_VARIANT=$(VARIANT) \
            $(if $(filter plain,$(VARIANT)),,LATCHD_TEST_LIGHT=1) \
            $(if $(VALGRIND),LATCHD_VALGRIND=1 LATCHD_TEST_LIGHT=1 TEST_TIMEOUT_S=3000)
RUN      := $(TEST_ENV) tests/support/run.sh

ifeq ($(V),1)
say =
else
say = @printf '  %-5s %s\n' $(1) $(2);
endif

.PHONY: all tests check unit flow integration replay browser packaging lint syntax asan tsan cover \
        conformance chaos crowd slow bench fuzz tidy format run install uninstall clean help
.SECONDARY:

all: $(PROGRAMS) ## build/latchd
	@$(if $(filter plain,$(VARIANT)),$(foreach p,$(PROGRAMS),ln -sf plain/$(notdir $(p)) build/;))

tests: $(PROGRAMS) $(UNIT) $(FLOW) $(INTEG) $(CHAOS) $(PRELOAD) $(FUZZ)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(CPPFLAGS) $(DEPFLAGS) $(if $(filter tests/%,$<),$(FOR_TESTS)) $(ALL_CFLAGS) -c -o $@ $<

$(LIB): $(LIB_SRC:%.c=$(B)/%.o)
	@mkdir -p $(@D); rm -f $@
	$(call say,AR,$@) ar rcs $@ $^

$(SUPPORT): $(SUPPORT_SRC:%.c=$(B)/%.o)
	@mkdir -p $(@D); rm -f $@
	$(call say,AR,$@) ar rcs $@ $^

$(B)/latchd: $(LATCHD_SRC:%.c=$(B)/%.o) $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

$(B)/latchctl: $(LATCHCTL_SRC:%.c=$(B)/%.o) $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

# Outside the fuzz variant a fuzz target is a program that replays files.
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIB) $(if $(filter fuzz,$(VARIANT)),,$(B)/tests/fuzz/replay.o)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

$(CONFORM): $(CONFORM_SRC:%.c=$(B)/%.o) $(LIB) $(SUPPORT)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(SUPPORT) $(LIB) $(LDLIBS) $(shell pkg-config --libs check)

$(filter $(B)/tests/fuzz/fuzz_llhttp_%,$(FUZZ)): $(WITNESS) $(if $(filter fuzz,$(VARIANT)),$(B)/tests/fuzz/mutate.o)
$(B)/tests/fuzz/witness.o: $(LLHTTP)/llhttp.c
$(B)/tests/fuzz/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) -DLLHTTP_STRICT_MODE=1 -I/usr/share/include/llhttp -w -fPIE \
		$(CFLAGS_$(VARIANT)) $(if $(filter asan fuzz,$(VARIANT)),-fno-sanitize=undefined) -c -o $@ $<
$(LLHTTP)/%.c:
	@echo "*** $@ is missing, so nothing can be compared with llhttp: tests/support/packages.sh check" >&2
	@exit 1

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(BENCH_PARTS:%.c=$(B)/%.o) $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

$(CHAOS): $(CHAOS_SRC:%.c=$(B)/%.o) $(LIB) $(SUPPORT)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(SUPPORT) $(LIB) $(LDLIBS) $(shell pkg-config --libs check)

$(B)/tests/%: $(B)/tests/%.o $(LIB) $(SUPPORT)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) $(LIB) $(LDLIBS) $(shell pkg-config --libs check)

# Preloaded into a daemon under test, so it has no part in the variant's flags.
$(B)/tests/support/preload/%.so: tests/support/preload/%.c
	@mkdir -p $(@D)
	$(call say,LD,$@) $(CC) $(CPPFLAGS) -std=gnu11 $(WARNINGS) -O2 -g -fPIC -shared -o $@ $<

check: ## everything: lint, all tests in plain, asan and tsan, corpora, browser, packaging
	@tests/support/check.sh

unit: $(TESTS) ## unit tests; ROOM=http for one room, VARIANT=asan or tsan
	@$(RUN) "unit $(VARIANT)" $(JOBS) $(TESTS)

flow: $(FLOW) ## the flow of a request without sockets
	@$(RUN) "flow $(VARIANT)" $(JOBS) $(FLOW)

# A little chaos is for the builds that see more than its wrong bytes.
SOME_CHAOS := $(if $(filter asan tsan,$(VARIANT)),$(CHAOS))

integration: $(PROGRAMS) $(INTEG) $(SOME_CHAOS) $(PRELOAD) ## the daemon, over sockets; VALGRIND=1 under memcheck
	@$(if $(VALGRIND),tests/support/packages.sh valgrind)
	@$(RUN) "integration $(VARIANT)" $(JOBS) $(SOME_CHAOS) $(INTEG)

SEED ?= $(shell date +%s)
chaos: ## random clients and a random origin; EXCHANGES=1000000, SEED=number to see it again
	@$(MAKE) --no-print-directory VARIANT=asan -j$(JOBS) build/asan/latchd build/asan/tests/chaos/test_chaos
	@LATCHD=build/asan/latchd CHAOS_SEED=$(SEED) CHAOS_EXCHANGES=$(EXCHANGES) build/asan/tests/chaos/test_chaos

replay: $(FUZZ) ## every fuzz target over its corpus
	@$(RUN) "corpora $(VARIANT)" $(JOBS) $(FUZZ)

asan: ## all tests with the address and undefined behaviour sanitizers
	@$(MAKE) --no-print-directory VARIANT=asan unit flow integration replay

tsan: ## all tests with the thread sanitizer
	@$(MAKE) --no-print-directory VARIANT=tsan unit flow integration

browser: ## Chromium against DokuWiki behind the gateway
	@tests/support/packages.sh build php run browser
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(RUN) browser 1 tests/browser/run.sh

packaging: ## the systemd unit, make install, and the Dockerfile without Docker
	@tests/support/packages.sh build packaging
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(RUN) packaging $(JOBS) $(sort $(wildcard tests/packaging/*.sh))

lint: $(LIB) ## the rules that a compiler does not know
	@$(RUN) lint $(JOBS) tests/lint/lint.sh tests/lint/selftest.sh

# Whatever $(CC) is, here it only reads: the sources, and each header by itself.
SYNTAX := $(CC) $(CPPFLAGS) $(FOR_TESTS) -std=gnu11 $(WARNINGS) -fsyntax-only
syntax:
	@printf '%s\n' $(ALL_SRC) | xargs -P $(JOBS) -n 8 $(SYNTAX)
	@printf '%s\n' $(filter-out %_table.h,$(ALL_HEADERS)) | \
		xargs -P $(JOBS) -I{} sh -c 'echo "#include \"{}\"" | $(SYNTAX) -I. -Wno-unused-function -x c -'

cover: ## which lines the tests reach: build/cover/index.html
	@tests/support/packages.sh build check cover
	@mkdir -p build/cover; find build/cover -name '*.gcda' -delete 2>/dev/null || true
	-@$(MAKE) --no-print-directory -k VARIANT=cover -j$(JOBS) tests >build/cover.log 2>&1
	-@$(MAKE) --no-print-directory -k VARIANT=cover unit flow integration
	@gcovr --root . --filter 'lib/|cmd/' --object-directory build/cover \
		--html-details build/cover/index.html --txt build/cover/summary.txt
	@cat build/cover/summary.txt

conformance: ## what is made of odd and hostile bytes, beside nginx and HAProxy
	@tests/support/packages.sh build check bench
	@$(MAKE) --no-print-directory -j$(JOBS) all $(CONFORM)
	@$(TEST_ENV) $(CONFORM) compare

crowd: ## what 10,000 idle connections cost; CROWD=number
	@$(MAKE) --no-print-directory VARIANT=plain -j$(JOBS) build/plain/latchd build/plain/tests/integration/test_crowd
	@LATCHD=build/plain/latchd CROWD=$(or $(CROWD),10000) build/plain/tests/integration/test_crowd

slow: ## slow attacks with slowhttptest, and what somebody else notices
	@tests/support/packages.sh build slow
	@$(MAKE) --no-print-directory VARIANT=plain -j$(JOBS) all
	@tests/chaos/slow.sh

bench: ## beside nginx and HAProxy; ROW=name for one row
	@tests/support/packages.sh build bench
	@$(MAKE) --no-print-directory -j$(JOBS) all bench-programs
	@ROW="$(ROW)" tests/bench/run.sh

fuzz: ## every fuzz target for FUZZ_SECONDS (30)
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-targets
	@tests/fuzz/run.sh

.PHONY: fuzz-targets bench-programs
fuzz-targets: $(FUZZ)
bench-programs: $(BENCH)

tidy: ## clang-tidy
	@printf '%s\n' $(LIB_SRC) $(LATCHD_SRC) $(LATCHCTL_SRC) | \
		xargs -P $(JOBS) -n 1 sh -c 'clang-tidy --quiet "$$0" -- -D_GNU_SOURCE -Ilib "-DLATCHD_VERSION=\"$(VERSION)\"" -std=gnu11 2>/dev/null'

format: ## clang-format, in place
	@clang-format -i $(filter-out %_table.h,$(ALL_SRC) $(ALL_HEADERS))

run: ## the gateway in front of DokuWiki, or of ORIGIN=url CONFIG=file
	@tests/support/packages.sh build php run
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@exec env ORIGIN="$(ORIGIN)" CONFIG="$(CONFIG)" conf/demo/run.sh

install: all ## into DESTDIR, under PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)/etc/latchd $(DESTDIR)$(PREFIX)/lib/systemd/system \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	test -e $(DESTDIR)/etc/latchd/latchd.yaml || \
		install -m 640 conf/latchd-minimal.yaml $(DESTDIR)/etc/latchd/latchd.yaml
	install -m 644 conf/latchd.yaml $(DESTDIR)/etc/latchd/latchd.yaml.reference
	sed 's,/usr/bin/latchd,$(PREFIX)/bin/latchd,' systemd/latchd.service \
		> $(DESTDIR)$(PREFIX)/lib/systemd/system/latchd.service
	install -m 644 systemd/latchd.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/latchd.socket
	install -m 644 systemd/latchd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/latchd.conf
	for section in 5 8; do for page in conf/man/*.$$section; do \
		test -e $$page || continue; \
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$$section $$page || exit 1; \
	done; done

uninstall: ## takes it away again; configuration and state stay
	rm -f $(DESTDIR)$(PREFIX)/bin/latchd $(DESTDIR)$(PREFIX)/bin/latchctl \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/latchd.service \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/latchd.socket \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/latchd.conf \
		$(DESTDIR)$(PREFIX)/share/man/man5/latchd.* $(DESTDIR)$(PREFIX)/share/man/man8/latchd.*

clean: ## removes build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

-include $(shell find $(B) -name '*.d' 2>/dev/null)
