# libhpo: build, check, install. `make help` lists the targets.
#
# Define V=1 to see commands.
# Define DEVELOPER=1 for all warnings, as errors.
# Define SANITIZE=address,undefined (or thread) to build with sanitizers.
# Define BUILD to keep what is built elsewhere than in .build.
# Define COVERAGE=1 to count which lines the tests reach.
# Define NO_APT=1 to be told of missing packages rather than have them installed.
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

-include config.mak.autogen
-include config.mak

bindir = $(PREFIX)/bin
libdir = $(PREFIX)/lib
includedir = $(PREFIX)/include
mandir = $(PREFIX)/share/man
moduledir = $(libdir)/hpo

VERSION = 0.1.0
SONAME = libhpo.so.0

# What is built -------------------------------------------------------------

LIB_SRCS := $(sort $(wildcard lib/*/*.c))
CLI_SRCS := $(sort $(wildcard cli/*.c))
UNIT_SRCS := $(sort $(wildcard tests/unit/*/*.c) $(wildcard tests/contract/*.c))
SUPPORT_SRCS := $(sort $(wildcard tests/support/*.c))
FUZZ_SRCS := $(sort $(wildcard tests/fuzz/*.c))
EXAMPLE_SRCS := $(sort $(filter-out examples/xgboost.c,$(wildcard examples/*.c)))
PUBLIC_HEADERS := include/hpo.h $(sort $(wildcard include/hpo/*.h include/hpo/plugin/*.h))

# One folder of objects for each way to build, so that changing it needs no clean.
comma := ,
B = $(BUILD)/$(CC)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),-coverage)

LIB_OBJS = $(LIB_SRCS:%.c=$B/%.o)
CLI_OBJS = $(CLI_SRCS:%.c=$B/%.o)
UNIT_OBJS = $(UNIT_SRCS:%.c=$B/%.o)
SUPPORT_OBJS = $(SUPPORT_SRCS:%.c=$B/%.o)
FUZZERS = $(FUZZ_SRCS:%.c=$B/%)
EXAMPLES = $(EXAMPLE_SRCS:%.c=$B/%)

LIB = $B/libhpo.so
ARCHIVE = $B/libhpo.a
HPO = $B/hpo

# How -----------------------------------------------------------------------

PACKAGES = jansson sqlite3
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
ALL_LIBS = $(PKG_LIBS) -lm -ldl -pthread

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

all: $(LIB) $(ARCHIVE) $(HPO) ## Build the library and the command

$B/%.o: %.c $B/FLAGS
	@mkdir -p $(@D)
	$(call QUIET,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(LIB_OBJS) lib/hpo.symbols
	$(call QUIET,LINK)$(CC) -shared -Wl,-soname,$(SONAME) $(ALL_LDFLAGS) -o $@ $(LIB_OBJS) $(ALL_LIBS)
	@ln -sf libhpo.so $B/$(SONAME)

$(ARCHIVE): $(LIB_OBJS)
	$(call QUIET,AR)rm -f $@ && $(AR) rcs $@ $(LIB_OBJS)

# The command links the library as any program does: what it needs must be public.
$(HPO): $(CLI_OBJS) $(LIB)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(CLI_OBJS) -L$B -lhpo \
		-Wl,-rpath,'$$ORIGIN' -Wl,-rpath,'$$ORIGIN/../lib' $(shell $(PKG_CONFIG) --libs jansson) -lm -pthread

# Changed flags rebuild what they must.
$B/FLAGS: FORCE
	@mkdir -p $B
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' >$@
FORCE:

# Tests ---------------------------------------------------------------------
# A suite is a file: tests/unit/space/codec.c defines `Suite *unit_space_codec(void)`.

SUITES = $(subst /,_,$(patsubst tests/%.c,%,$(UNIT_SRCS)))

$B/tests/suites.h: $(UNIT_SRCS)
	@mkdir -p $(@D)
	@for s in $(SUITES); do echo "SUITE($$s)"; done >$@

$B/tests/support/runner.o: $B/tests/suites.h
$B/tests/%.o: ALL_CFLAGS += -Itests -I$B/tests

$B/unit: $(UNIT_OBJS) $(SUPPORT_OBJS) $(ARCHIVE)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(UNIT_OBJS) $(SUPPORT_OBJS) $(ARCHIVE) \
		$(shell $(PKG_CONFIG) --libs check) $(ALL_LIBS)

$B/tests/fuzz/%: $B/tests/fuzz/%.o $B/tests/support/replay.o $(ARCHIVE)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$B/examples/%: $B/examples/%.o $(LIB)
	$(call QUIET,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $< -L$B -lhpo -Wl,-rpath,'$$ORIGIN/..' -lm -pthread

unit: $B/unit ## Run the unit and contract tests; T=unit_space_codec (or a part of it) for some
	@$B/unit $(T)

help: ## Show this
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  %-16s %s\n", $$1, $$2 }'

clean: ## Remove what was built
	rm -rf $(BUILD)

-include $(shell find $B -name '*.d' 2>/dev/null)

.PHONY: all unit help clean FORCE
.DELETE_ON_ERROR:
