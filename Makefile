# libhpo: build, check, install. `make help` lists the targets.
#
# Define V=1 to see commands.
# Define DEVELOPER=1 for all warnings, as errors.
# Define SANITIZE=address,undefined (or thread) to build with sanitizers.
# Define BUILD to keep what is built elsewhere than in .build.
# Define COVERAGE=1 to count which lines the tests reach.
# Define NO_APT=1 to be told of missing packages rather than have them installed.
# Define NO_CLEARML=1 to leave the clearml backend out, and with it libcurl.
# Define NO_WEB=1 to leave `hpo ui` out, and with it libmicrohttpd; so it is where that is missing.
# Define NO_XGBOOST=1 to leave examples/xgboost.c out.
# Define T=space/codec (or another part of a suite's name) for some of the unit tests.
# Define FUZZ_FLAGS for how `make fuzz` runs each target; -max_total_time=60 if not.
#
# Three layers, each overriding the last: the defaults below, what ./configure
# found (config.mak.autogen), and yours (config.mak).

PREFIX = /usr/local
DESTDIR =
CC = cc
CXX = c++
AR = ar
PKG_CONFIG = pkg-config
INSTALL = install
CFLAGS = -O2 -g
BUILD = .build
FUZZ_FLAGS = -max_total_time=60

bindir = $(PREFIX)/bin
libdir = $(PREFIX)/lib
includedir = $(PREFIX)/include
mandir = $(PREFIX)/share/man

-include config.mak.autogen
-include config.mak

pkgconfigdir = $(libdir)/pkgconfig
moduledir = $(libdir)/hpo

VERSION = 0.1.0
SONAME = libhpo.so.0

NO_WEB := $(if $(NO_WEB),$(NO_WEB),$(shell $(PKG_CONFIG) --exists libmicrohttpd 2>/dev/null || echo 1))

# What is built -------------------------------------------------------------

LIB_SRCS := $(sort $(filter-out lib/net/%,$(wildcard lib/*/*.c)))
MODULE_SRCS := $(sort $(wildcard lib/net/*.c lib/backend/clearml/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c))
WEB_SRCS := web/report.c $(if $(NO_WEB),web/absent.c,$(sort $(wildcard web/server/*.c)))
UNIT_SRCS := $(sort $(wildcard tests/unit/*/*.c) $(wildcard tests/contract/*.c))
UNIT_SRCS := $(if $(NO_CLEARML),$(filter-out tests/unit/net/% %clearml.c \
	tests/unit/backend/clearml_%,$(UNIT_SRCS)),$(UNIT_SRCS))
SUPPORT_SRCS := $(sort $(filter-out tests/support/replay.c,$(wildcard tests/support/*.c)))
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/*.c))
BENCH_SRCS := $(sort $(filter-out bench/kernels.c,$(wildcard bench/*.c)))
EXAMPLE_SRCS := $(sort $(filter-out examples/xgboost.c,$(wildcard examples/*.c)))
INTEGRATION := $(sort $(wildcard tests/integration/*.py))
PUBLIC_HEADERS := include/hpo.h $(sort $(wildcard include/hpo/*.h include/hpo/plugin/*.h))

# One folder of objects for each way to build, so that changing it needs no clean.
comma := ,
B = $(BUILD)/$(CC)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),-coverage)

LIB_OBJS = $(LIB_SRCS:%.c=$B/%.o)
MODULE_OBJS = $(if $(NO_CLEARML),,$(MODULE_SRCS:%.c=$B/%.o))
CLI_OBJS = $(CLI_SRCS:%.c=$B/%.o) $(WEB_SRCS:%.c=$B/%.o) $B/web/page.o
UNIT_OBJS = $(UNIT_SRCS:%.c=$B/%.o)
SUPPORT_OBJS = $(SUPPORT_SRCS:%.c=$B/%.o)
FUZZERS = $(FUZZ_SRCS:%.c=$B/%)
BENCHES = $(BENCH_SRCS:%.c=$B/%) $(if $(LAPACK_LIBS),$B/bench/kernels)
EXAMPLES = $(EXAMPLE_SRCS:%.c=$B/%) $B/examples/digits/train $(XGBOOST)

LIB = $B/libhpo.so.$(VERSION)
ARCHIVE = $B/libhpo.a
MODULE = $(if $(NO_CLEARML),,$B/hpo_backend_clearml.so)
MODULE_ARCHIVE = $(if $(NO_CLEARML),,$B/hpo_backend_clearml.a)
HPO = $B/hpo

# How -----------------------------------------------------------------------

PACKAGES = jansson sqlite3
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
ALL_LIBS = $(PKG_LIBS) -lm -ldl -pthread

# Only who uses ClearML loads what it needs: it is a module.
MODULE_PACKAGES = libcurl libmd
MODULE_LIBS := $(if $(NO_CLEARML),,$(shell $(PKG_CONFIG) --libs $(MODULE_PACKAGES) 2>/dev/null))

ifeq ($(NO_XGBOOST),)
XGBOOST := $(shell echo '\#include <xgboost/c_api.h>' | $(CC) -E - >/dev/null 2>&1 && echo '$$B/examples/xgboost')
XGBOOST := $(subst $$B,$B,$(XGBOOST))
endif

# The yardstick of bench/kernels.c, where it is installed; nothing else is linked with it.
LAPACK_LIBS := $(shell $(PKG_CONFIG) --libs lapacke openblas 2>/dev/null)
LAPACK_CFLAGS := $(shell $(PKG_CONFIG) --cflags lapacke openblas 2>/dev/null)

# Sums keep their order and products are not fused: the same proposals on every machine.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iinclude -Ilib -fPIC -fvisibility=hidden -ffp-contract=off \
	-pthread -DHPO_MODULE_DIR='"$(moduledir)"' $(PKG_CFLAGS) $(CFLAGS)
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla
ifdef DEVELOPER
ALL_CFLAGS += $(WARNINGS) -Werror
else
ALL_CFLAGS += -Wall
endif
ifdef SANITIZE
ALL_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
ALL_LDFLAGS += -fsanitize=$(SANITIZE)
endif
ifdef COVERAGE
ALL_CFLAGS += --coverage -O0
ALL_LDFLAGS += --coverage
endif
ALL_LDFLAGS += $(LDFLAGS)

ifndef V
QUIET = @printf '%8s %s\n' $(1) '$@';
endif

all: needed $(LIB) $(ARCHIVE) $(MODULE) $(HPO) ## Build the library and the command

# Say in one line what is missing, rather than in many what does not compile.
needed:
	@NO_APT=1 scripts/packages library $(if $(NO_CLEARML),,clearml)

$B/%.o: %.c $B/FLAGS
	@mkdir -p $(@D)
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJS)
	$(call QUIET,LINK)$(CC) -shared -Wl,-soname,$(SONAME) $(ALL_LDFLAGS) -o $@ $(LIB_OBJS) $(ALL_LIBS)
	@ln -sf $(notdir $(LIB)) $B/$(SONAME)
	@ln -sf $(SONAME) $B/libhpo.so

$(ARCHIVE): $(LIB_OBJS)
	$(call QUIET,AR)rm -f $@ && $(AR) rcs $@ $(LIB_OBJS)

# A module has copies of its own of the internal functions that it uses, hidden; the public ones
# are those of the library that loads it.
$(MODULE): $(MODULE_OBJS) $(LIB) $(ARCHIVE)
	$(call QUIET,LINK)$(CC) -shared $(ALL_LDFLAGS) -o $@ $(MODULE_OBJS) -L$B -lhpo $(ARCHIVE) \
		-Wl,--exclude-libs,ALL -Wl,-rpath,'$$ORIGIN:$$ORIGIN/..' $(MODULE_LIBS) $(ALL_LIBS)

$(MODULE_ARCHIVE): $(MODULE_OBJS)
	$(call QUIET,AR)rm -f $@ && $(AR) rcs $@ $(MODULE_OBJS)

# The command links the library as any program does: what it needs must be public.
LINK_HPO = $(CC) $(ALL_LDFLAGS) -o $(1) $(CLI_OBJS) -L$B -lhpo -Wl,-rpath,'$$ORIGIN$(2)' \
	$(shell $(PKG_CONFIG) --libs jansson $(if $(NO_WEB),,libmicrohttpd)) -lm -pthread

$B/cli/%.o $B/web/%.o: ALL_CFLAGS += -Iweb

# The page and the documents of the server become part of the command.
DOCUMENTS = web/server/openapi.json doc/study.schema.json
$B/web/page.c: $(BUILD)/ui.built $(DOCUMENTS) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed $@ $(BUILD)/ui $B/web/zipped $(DOCUMENTS)

$B/web/page.o: $B/web/page.c $B/FLAGS
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/WEB: FORCE
	@mkdir -p $B
	@echo '$(WEB_SRCS)' | cmp -s - $@ || echo '$(WEB_SRCS)' >$@

$(HPO): $(CLI_OBJS) $(LIB) $B/WEB
	$(call QUIET,LINK)$(call LINK_HPO,$@,)

# The page of `hpo ui` in $(BUILD)/ui, or nothing there where it cannot be built.
UI_SRCS := $(sort $(shell find web/ui -type f))
$(BUILD)/ui.built: $(UI_SRCS) scripts/build-page
	@scripts/build-page $(BUILD)
	@touch $@

page: $(BUILD)/ui.built ## Build the page of `hpo ui` (needs Node and npm)

check-page: page ## Check the types of the page, and run its unit tests
	@scripts/check-page $(BUILD)

# Changed flags rebuild what they must. Expanded here: what is added for some objects alone is none.
FLAGS_NOW := $(subst ','\'',$(CC) $(ALL_CFLAGS))
$B/FLAGS: FORCE
	@mkdir -p $B
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@
FORCE:

# Tests ---------------------------------------------------------------------
# A suite is a file: tests/unit/space/codec.c defines `Suite *unit_space_codec(void)`.

SUITES = $(subst /,_,$(patsubst tests/%.c,%,$(UNIT_SRCS)))

$B/tests/suites.h: $(UNIT_SRCS)
	@mkdir -p $(@D)
	@for s in $(SUITES); do echo "SUITE($$s)"; done >$@

$B/tests/support/runner.o: $B/tests/suites.h
$B/tests/%.o: ALL_CFLAGS += -Itests -I$B/tests

$B/unit: $(UNIT_OBJS) $(SUPPORT_OBJS) $(MODULE_ARCHIVE) $(ARCHIVE)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(UNIT_OBJS) $(SUPPORT_OBJS) $(MODULE_ARCHIVE) \
		$(ARCHIVE) $(shell $(PKG_CONFIG) --libs check) $(MODULE_LIBS) $(ALL_LIBS)

# A fuzz target reads its corpus once; `make fuzz` gives it libFuzzer's own main instead.
$B/tests/fuzz/%: $B/tests/fuzz/%.o $(if $(FUZZING),,$B/tests/support/replay.o) \
		$(MODULE_ARCHIVE) $(ARCHIVE)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) $(FUZZING) -o $@ $^ $(MODULE_LIBS) $(ALL_LIBS)

$B/bench/bbob: $B/bench/functions/bbob.o
$B/bench/%: $B/bench/%.o $(ARCHIVE)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVE) $(ALL_LIBS) \
		$(if $(findstring kernels,$@),$(LAPACK_LIBS))

$B/bench/kernels.o: ALL_CFLAGS += $(LAPACK_CFLAGS)

# Examples link as a user's program does. The trainer knows nothing of the library.
$B/examples/%: $B/examples/%.o $(LIB)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $< -L$B -lhpo -Wl,-rpath,'$$ORIGIN/..' \
		$(if $(findstring xgboost,$@),-lxgboost) -lm -pthread

$B/examples/digits/train: $B/examples/digits/train.o
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $< -lm
	@ln -sfn '$(CURDIR)/examples/digits/data' $(@D)/data
	@ln -sfn '$(CURDIR)/examples/digits/study.json' $(@D)/study.json

.SECONDARY:

# A test that hangs is ended, one on a slow or busy machine is not: Check's own limit is 4 s.
unit: $B/unit ## Run the unit and contract tests; T=space/codec for some of them
	@CK_TIMEOUT_MULTIPLIER=$(if $(SANITIZE),60,20) TSAN_OPTIONS=report_signal_unsafe=0 $B/unit $(T)

examples: $(LIB) $(HPO) $(EXAMPLES) ## Build the examples

fuzzers: $(FUZZERS)

# What this checkout was built as, for whatever runs it.
WORLD = B='$(abspath $B)' HPO='$(abspath $(HPO))' HPO_LIBRARY='$(abspath $B)/libhpo.so' CC='$(CC)'

check-floors: ## Check that no room includes one above or beside it
	@scripts/check-floors .

check-headers: ## Compile each public header alone, as C99 and as C++
	@CC='$(CC)' CXX='$(CXX)' scripts/check-headers include

check-symbols: $(LIB) ## Compare what the library exports with lib/hpo.symbols
	@scripts/check-symbols $(LIB) lib/hpo.symbols include

check-scripts: ## Check that these checks catch what they are there for
	@python3 scripts/check-scripts

check-examples: examples ## Run the examples and compare what they print
	@$(WORLD) scripts/check-examples

replay: fuzzers ## Replay the corpora of the fuzz targets
	@scripts/replay $B/tests/fuzz tests/fuzz/corpus

integration: $B/examples/clearml $B/examples/clearml_task
integration: $(HPO) $(LIB) $(MODULE) $B/examples/digits/train ## Run whole programs against each other
	@$(WORLD) scripts/run-integration $(INTEGRATION)

schema: $(LIB) ## Compare doc/study.schema.json with the reader (needs Python's jsonschema)
	@$(WORLD) python3 tests/schema.py

check: ## Run every test, installing the packages that they need
	@scripts/packages library clearml tests venv ?web ?page ?browser ?xgboost
	@$(MAKE) --no-print-directory run-check

STEP = $(MAKE) --no-print-directory -s
run-check: all $B/unit examples fuzzers
	+@scripts/tally 'floors=$(STEP) check-floors' 'headers=$(STEP) check-headers' \
		'symbols=$(STEP) check-symbols' 'scripts=$(STEP) check-scripts' \
		'unit=$(STEP) unit' 'corpora=$(STEP) replay' 'examples=$(STEP) check-examples' \
		'page=$(STEP) check-page' 'integration=$(STEP) integration'

# Under valgrind, statistics over millions of draws and studies lived to their end take too long;
# the address sanitizer runs them all.
valgrind: T = -math -optimizer_memory -optimizer_replay -contract/strategy -strategy/cmaes -strategy/gp \
	-strategy/auto -strategy/forest -model/forest -report/figure -report/fanova
valgrind: $B/unit ## Run the unit tests under valgrind, the longest ones aside
	@scripts/packages valgrind
	@CK_FORK=no CK_DEFAULT_TIMEOUT=0 valgrind --quiet --leak-check=full --error-exitcode=9 \
		--errors-for-leak-kinds=definite,indirect --child-silent-after-fork=yes $B/unit $(T)

fuzz: ## Fuzz each target with libFuzzer
	@scripts/packages library clearml clang
	@$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,address,undefined \
		FUZZING=-fsanitize=fuzzer run-fuzz

run-fuzz: $(FUZZERS)
	@for f in $(FUZZERS); do \
		echo "$${f##*/}:" && mkdir -p $B/corpus/$${f##*/} && \
		$$f $(FUZZ_FLAGS) -verbosity=0 -artifact_prefix=$B/corpus/ \
			$B/corpus/$${f##*/} tests/fuzz/corpus/$${f##*/} || exit 1; \
	done

coverage: ## Say which share of the lines of lib/ the tests reach
	@scripts/packages library clearml tests venv ?xgboost lcov
	@$(MAKE) --no-print-directory COVERAGE=1 run-coverage

run-coverage: run-check
	@lcov --quiet --capture --directory $B/lib --base-directory . --output-file $B/all.info
	@lcov --quiet --extract $B/all.info '*/lib/*' --output-file $B/lib.info
	@lcov --list $B/lib.info | sed 's/ *$$//'
	@lcov --summary $B/lib.info 2>&1 | grep lines

# Shown to people -----------------------------------------------------------

demo: ## Tune a real trainer for about a minute, and compare with its defaults
	@scripts/packages library $(if $(NO_CLEARML),,clearml) ?web ?page
	@$(MAKE) --no-print-directory run-demo

run-demo: all $B/examples/digits/train
	@$(WORLD) scripts/demo

bench: ## Measure time and memory, beside Optuna where it is installed
	@scripts/packages library $(if $(NO_CLEARML),,clearml)
	@$(MAKE) --no-print-directory run-bench

run-bench: all $(BENCHES)
	@$(WORLD) sh bench/run.sh $B/bench/bench

bbob: $B/bench/bbob ## Compare strategies on the BBOB functions; BBOB='--strategies tpe,cmaes --dims 5'
	@$B/bench/bbob $(BBOB)

fidelity: all $B/examples/digits/train ## Compare pruners on real trainings; FIDELITY='--seeds 3 --trainer boost'
	@$(WORLD) bench/fidelity.py $(FIDELITY)

web-bench: all ## Measure the web application, beside optuna-dashboard; WEB='--pages 100' for a watched run
	@$(WORLD) bench/web.py $(WEB)

doc: ## Write the API reference to BUILD/doc
	@scripts/packages doxygen
	@mkdir -p $(BUILD)/doc
	@(cat doc/Doxyfile; echo 'OUTPUT_DIRECTORY = $(BUILD)/doc'; \
		echo 'PROJECT_NUMBER = $(VERSION)') | doxygen -
	@echo 'The API reference: $(BUILD)/doc/html/index.html'

# Installing ----------------------------------------------------------------

$B/hpo.pc: hpo.pc.in $B/FLAGS FORCE
	@sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(libdir)|' -e 's|@version@|$(VERSION)|' \
		-e 's|@includedir@|$(includedir)|' -e 's|@requires@|$(PACKAGES)|' hpo.pc.in >$@

# The installed command finds the library beside it, wherever both are moved to.
install: all $B/hpo.pc ## Install into PREFIX, below DESTDIR
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(moduledir)' '$(DESTDIR)$(pkgconfigdir)' \
		'$(DESTDIR)$(includedir)/hpo/plugin' '$(DESTDIR)$(mandir)/man1'
	$(call LINK_HPO,$B/hpo.installed,/$(shell realpath -m --relative-to='$(bindir)' '$(libdir)'))
	$(INSTALL) -m 755 $B/hpo.installed '$(DESTDIR)$(bindir)/hpo'
	$(INSTALL) -m 644 $(LIB) $(ARCHIVE) '$(DESTDIR)$(libdir)'
	$(if $(MODULE),$(INSTALL) -m 644 $(MODULE) '$(DESTDIR)$(moduledir)')
	ln -sf $(notdir $(LIB)) '$(DESTDIR)$(libdir)/$(SONAME)'
	ln -sf $(SONAME) '$(DESTDIR)$(libdir)/libhpo.so'
	$(INSTALL) -m 644 include/hpo.h '$(DESTDIR)$(includedir)'
	$(INSTALL) -m 644 include/hpo/*.h '$(DESTDIR)$(includedir)/hpo'
	$(INSTALL) -m 644 include/hpo/plugin/*.h '$(DESTDIR)$(includedir)/hpo/plugin'
	$(INSTALL) -m 644 $B/hpo.pc '$(DESTDIR)$(pkgconfigdir)'
	$(INSTALL) -m 644 doc/hpo.1 '$(DESTDIR)$(mandir)/man1'

uninstall: ## Remove what install put there
	rm -f '$(DESTDIR)$(bindir)/hpo' '$(DESTDIR)$(libdir)/$(notdir $(LIB))' \
		'$(DESTDIR)$(libdir)/$(SONAME)' '$(DESTDIR)$(libdir)/libhpo.so' \
		'$(DESTDIR)$(libdir)/libhpo.a' '$(DESTDIR)$(pkgconfigdir)/hpo.pc' \
		'$(DESTDIR)$(mandir)/man1/hpo.1' '$(DESTDIR)$(moduledir)/hpo_backend_clearml.so' \
		$(PUBLIC_HEADERS:include/%='$(DESTDIR)$(includedir)/%')
	for d in '$(includedir)/hpo/plugin' '$(includedir)/hpo' '$(moduledir)'; do \
		rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$d"; done

check-install: all ## Install below BUILD, and build programs against that with pkg-config alone
	@$(WORLD) MAKE='$(MAKE)' CXX='$(CXX)' scripts/check-install

configure: configure.ac ## Write ./configure (needs autoconf)
	@scripts/packages autoconf
	autoconf

dist: configure ## Pack HEAD and ./configure as libhpo-VERSION.tar.gz in BUILD
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=libhpo-$(VERSION)/ --add-file=configure \
		-o $(BUILD)/libhpo-$(VERSION).tar.gz HEAD

help: ## Show this
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  %-16s %s\n", $$1, $$2 }'

clean: ## Remove what was built
	rm -rf $(BUILD)

-include $(shell find $B -name '*.d' 2>/dev/null)

.PHONY: all needed page check-page unit examples fuzzers check-floors check-headers check-symbols check-scripts \
	check-examples replay integration schema check run-check valgrind fuzz run-fuzz coverage \
	run-coverage demo run-demo bench run-bench bbob fidelity web-bench doc install uninstall check-install dist help \
	clean FORCE
.DELETE_ON_ERROR:
