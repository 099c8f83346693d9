# ddlguard, built with PGXS against the PostgreSQL that PG_CONFIG names.
#
#   make, make install      the library goes to build/<major>/, so that several majors can stand side
#                           by side: make PG_CONFIG=/usr/lib/postgresql/17/bin/pg_config
#   make demo, make check   each by itself on a fresh machine: installs what is missing, builds, and
#                           works in a private cluster that is gone afterwards
#   make check-all          the same with every supported major, in Debian roots (test/major)
#   make docs               the pages of docs/rules, made by running the cases of test/truth
#   make check-core         PostgreSQL's own regression and isolation suites with the guard loaded
#   make check-neighbours   beside the extensions that Debian packages, which it installs
#   make check-upgrade      pg_upgrade, and dump and restore, from 15 to 17 to 18, in Debian roots
#   make check-fuzz         broken and mixed statements for check(), explain() and plan()
#   make check-storm        sqlsmith, a thousand sessions, kill -9 in a loop, and make check-stages
#   make check-stages       cancelled, timed out, failed, killed at each stage of a decision
#   make check-sanitizer    the suites with the address and undefined-behaviour sanitizers (CMake)
#   make check-valgrind     regression tests with the server under valgrind, ten minutes
#   make bench-locks        what an application feels of DDL that cannot get its lock
#   make bench-prediction   predicted times beside measured ones
#   make lint, make bench, make check-ci, make check-clients, make check-monitoring,
#   make installcheck, make format, make clean
#
# The library is compiled as C++ and linked as C: it needs no C++ runtime (test/lint/symbols).

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
MAJOR := $(shell $(PG_CONFIG) --version 2>/dev/null | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
BUILD ?= build/$(MAJOR)$(if $(DEBUG_POINTS),-debug-points)
LIBRARY := $(BUILD)/ddlguard.so

SOURCES := $(sort $(wildcard src/*.cpp src/*/*.cpp))
OBJECTS := $(SOURCES:src/%.cpp=$(BUILD)/%.o)
EXPORTS := src/exports.map

EXTENSION = ddlguard
DATA = sql/ddlguard--1.0.sql
REGRESS = $(shell sed -n 's/^test: *//p' test/schedule)
REGRESS_OPTS = --inputdir=. --outputdir=$(BUILD)/regress --load-extension=ddlguard

ifdef DEBUG_POINTS # for tests alone: src/pg/debug_point.h
PG_CPPFLAGS += -DDDLGUARD_DEBUG_POINTS
endif
PG_CPPFLAGS += -Isrc -DFMT_EXCEPTIONS=0 -DFMT_USE_LOCALE=0
PG_CXXFLAGS = -std=gnu++20 -fno-exceptions -fno-rtti -fvisibility=hidden -fvisibility-inlines-hidden \
  -ffunction-sections -fdata-sections -fno-strict-aliasing -fwrapv \
  -Wall -Wextra -Werror=switch -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
  -Wno-cast-function-type -Wno-register

.PHONY: all demo check check-all check-ci lint docs bench bench-locks bench-prediction check-core check-clients check-monitoring check-neighbours check-upgrade format library-install library-uninstall library-clean

# PGXS has a target check of its own, and these run before there is a PGXS: test/setup brings it.
RUNS = demo check check-all check-ci lint docs bench bench-locks bench-prediction check-core check-clients check-monitoring \
  check-neighbours check-upgrade check-fuzz check-sanitizer check-stages check-storm check-valgrind format
ifneq ($(filter-out $(RUNS),$(or $(MAKECMDGOALS),all)),)
ifeq ($(PGXS),)

all install installcheck:
	@echo "$(PG_CONFIG) names no PostgreSQL with its server headers; test/setup installs them," >&2
	@echo "or choose another: make PG_CONFIG=/path/to/pg_config" >&2
	@exit 1

clean: library-clean

else

all: $(LIBRARY)

with_llvm = no
include $(PGXS)

$(BUILD)/%.o: src/%.cpp Makefile
	@$(MKDIR_P) $(@D)
	$(CXX) $(CXXFLAGS) $(CFLAGS_SL) $(CPPFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(OBJECTS) $(EXPORTS)
	$(CC) $(CFLAGS) $(CFLAGS_SL) -shared -o $@ $(OBJECTS) $(LDFLAGS) $(LDFLAGS_SL) \
	  -Wl,--gc-sections -Wl,--as-needed -Wl,--version-script=$(EXPORTS)

-include $(OBJECTS:.o=.d)

install: library-install
library-install: $(LIBRARY)
	$(MKDIR_P) '$(DESTDIR)$(pkglibdir)'
	$(INSTALL_SHLIB) $(LIBRARY) '$(DESTDIR)$(pkglibdir)/ddlguard.so'

uninstall: library-uninstall
library-uninstall:
	rm -f '$(DESTDIR)$(pkglibdir)/ddlguard.so'

clean: library-clean

endif
endif

library-clean:
	rm -rf build

export PG_CONFIG

ifneq ($(filter $(RUNS),$(MAKECMDGOALS)),)
demo:
	@test/demo

check:
	@test/check

check-all:
	@test/check-all

check-ci:
	@test/check-all --bounded

lint:
	@test/check lint

docs:
	@test/docs/generate

bench:
	@test/bench/run
	@test/bench/cost
	@test/bench/pgbench

bench-locks:
	@test/bench/locks

bench-prediction:
	@test/bench/prediction

check-clients:
	test/clients/run

check-core:
	@test/core-suite/run
	@test/core-suite/run --isolation

check-neighbours:
	@test/neighbours/run

check-upgrade:
	@test/upgrade/run

check-monitoring:
	@test/monitoring/run

check-fuzz:
	@test/fuzz/run

check-sanitizer:
	cmake --preset sanitizer
	cmake --build --preset sanitizer
	ctest --preset sanitizer

check-stages:
	@test/storm/run stages

check-storm:
	@test/storm/run

check-valgrind:
	@test/valgrind/run

format:
	clang-format -i $(SOURCES) $(wildcard src/*.h src/*/*.h)
endif
