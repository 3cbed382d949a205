# Sockfault. `make help` lists the targets; CONTRIBUTING.md says how the pieces fit.
#
#   V=1                      show the commands
#   CC=clang                 another compiler (gcc and clang are known to work)
#   SAN=address,undefined    sanitizers, built in build/san-...; SAN_SHIM=1: in the shim as well
#   ARGS='...'               more arguments for `sockfault run` in `make scenarios`
#   COUNT=N                  experiments of `make stress-quiescence`, at least

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
SHELL := /bin/sh

ifeq ($(origin CC),default)
CC := gcc
endif
is_clang := $(findstring clang,$(notdir $(CC)))
PREFIX ?= /usr/local
# Valgrind 3.19 gives up on clang's DWARF 5.
CFLAGS ?= -O2 -g $(if $(is_clang),-gdwarf-4)
V ?=
ARGS ?=
FUZZ_TIME ?= 30
COUNT ?= 20000

ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' '$1' '$2'
else
say = @:
endif

# ---- variants: where things are built, and with what -------------------------------------------------

comma := ,
empty :=
SAN ?=
san_list := $(sort $(subst $(comma), ,$(SAN)))
san_bad := $(filter-out address undefined thread,$(san_list))
ifneq ($(san_bad),)
$(error SAN=$(SAN): got '$(firstword $(san_bad))', expected address, undefined or thread, or a comma list of them)
endif
ifeq ($(filter-out address thread,$(san_list))$(filter address,$(san_list))$(filter thread,$(san_list)),addressthread)
$(error SAN=$(SAN): address and thread exclude each other)
endif

# COV=1 is for `make coverage`: instrumented for gcov.
COV ?=
ifeq ($(COV),1)
B := build/cov
variant_flags := --coverage -O0 -fprofile-update=atomic -fprofile-abs-path -DSOCKFAULT_COVERAGE
shim_variant_flags := $(variant_flags)
else ifneq ($(san_list),)
B := build/san-$(subst $(empty) ,+,$(san_list))
variant_flags := -fsanitize=$(subst $(empty) ,$(comma),$(san_list)) -fno-omit-frame-pointer \
    $(if $(filter undefined,$(san_list)),-fno-sanitize-recover=undefined)
shim_variant_flags := $(if $(filter 1,$(SAN_SHIM)),$(variant_flags))
else
B := build
variant_flags :=
shim_variant_flags :=
endif

# A program built with a sanitizer is started with the shim preloaded: the runtime has to be inside the program.
san_letters := $(subst address,a,$(subst undefined,ub,$(subst thread,t,$(san_list))))
san_link := $(if $(is_clang),,$(san_letters:%=-static-lib%san))

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wwrite-strings -Wvla $(if $(WERROR),-Werror)
hardening := -fstack-protector-strong $(if $(variant_flags),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
common := -std=gnu11 -D_GNU_SOURCE= $(warnings) -iquote .
harden_link := -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed

libs := libfyaml libdw libelf libxml-2.0 jansson
# Asked for when the first recipe needs them: on a fresh machine pkg-config is not there before.
pkg_cflags = $(eval pkg_cflags := $(shell pkg-config --cflags $(libs)))$(pkg_cflags)
pkg_libs = $(eval pkg_libs := $(shell pkg-config --libs $(libs)))$(pkg_libs)

shim_flags = $(common) -fPIC -fvisibility=hidden -ftls-model=initial-exec -fstack-protector-strong \
    -U_FORTIFY_SOURCE $(CPPFLAGS) $(CFLAGS) $(shim_variant_flags)
host_flags = $(common) $(hardening) -fPIE -pthread $(pkg_cflags) $(CPPFLAGS) $(CFLAGS) $(variant_flags)
ref_flags = $(common) $(hardening) -fPIE -pthread $(CPPFLAGS) $(CFLAGS) -fno-optimize-sibling-calls $(variant_flags)
victim_flags = $(common) -g -O1 -fno-optimize-sibling-calls -pthread $(CPPFLAGS)
fuzz_san := address,undefined
fuzz_flags = $(common) -g -O1 -pthread $(pkg_cflags) $(CPPFLAGS) -fno-sanitize-recover=undefined

# ---- sources: by wildcard, a new file needs no edit here ---------------------------------------------

shim_src := $(wildcard shim/*.c shim/*/*.c)
model_src := $(wildcard shim/model/*.c) shim/time/signal.c
harness_src := $(wildcard harness/*.c harness/*/*.c harness/*/*/*.c) $(model_src) $(if $(filter 1,$(COV)),coverage/flush.c)
client_src := $(filter-out reference/server.c reference/server_%.c,$(wildcard reference/*.c))
server_src := $(filter-out reference/client.c,$(wildcard reference/*.c))
unit_src := $(wildcard tests/unit/test_*.c)
unit_help_src := $(filter-out $(unit_src),$(wildcard tests/unit/*.c))
victim_src := $(wildcard tests/broken/*.c tests/shim/*.c tests/time/*.c tests/hang/*.c tests/shrink/*.c tests/conformance/*.c tests/bench/*.c tests/sweep/*.c) tests/determinism/client.c
fuzz_src := $(wildcard tests/fuzz/*.c)
cells_src := $(wildcard tests/cells/*.c)
test_scripts := $(sort $(filter-out tests/bench/% tests/fuzz/%,$(wildcard tests/*/run*.sh)))

shim_obj := $(shim_src:%.c=$(B)/obj/shim/%.o)
harness_obj := $(harness_src:%.c=$(B)/obj/host/%.o)
library_obj := $(filter-out %/harness/main.o,$(harness_obj))
client_obj := $(client_src:%.c=$(B)/obj/ref/%.o)
server_obj := $(server_src:%.c=$(B)/obj/ref/%.o)
unit_obj := $(unit_src:%.c=$(B)/obj/host/%.o)
unit_help_obj := $(unit_help_src:%.c=$(B)/obj/host/%.o)
cells_obj := $(cells_src:%.c=$(B)/obj/host/%.o)
decisions_obj := $(B)/obj/host/tests/determinism/decisions.o
fuzz_library_obj := $(filter-out %/harness/main.o,$(harness_src:%.c=$(B)/obj/fuzz/%.o))
fuzz_obj := $(fuzz_src:%.c=$(B)/obj/fuzz/%.o)

shim := $(B)/libsockfault.so
harness := $(B)/sockfault
reference := $(B)/reference/client $(B)/reference/server
# Criterion maps memory where ThreadSanitizer keeps its own: no unit tests with SAN=thread.
unit := $(if $(filter thread,$(san_list)),,$(unit_src:%.c=$(B)/%))
victims := $(victim_src:%.c=$(B)/%)
fixed := $(patsubst %.c,$(B)/%-fixed,$(wildcard tests/broken/*.c) tests/sweep/client-reconnects.c)
victims_test := $(filter-out $(B)/tests/bench/%,$(victims)) $(fixed)
fuzzers := $(fuzz_src:%.c=$(B)/%)
cells := $(B)/tests/cells/cells
decisions := $(B)/tests/determinism/decisions
programs := $(shim) $(harness) $(reference)

all: $(programs) ## build the shim, the harness and the reference client and server (the default)

# ---- set-up: what has to be on the machine, once -----------------------------------------------------

setup_of = $(strip build $(if $(filter test check-programs $(if $(SUBMISSION),,coverage),$1),test) \
    $(if $(filter coverage,$1),coverage) $(if $(filter valgrind,$1),valgrind) $(if $(filter fuzz,$1),fuzz) $(if $(filter lint format,$1),lint))
SETUP ?= $(call setup_of,$(MAKECMDGOALS))
setup := build/.setup/$(subst $(empty) ,+,$(SETUP))

$(setup): .setup/packages
	@.setup/install $(SETUP)
	@mkdir -p $(@D) && touch $@

deps: $(setup) ## install the packages building and running need (SETUP='build test lint' for more)

deps-third-party: ## bring programs for third-party scenarios into build/third-party; installs and starts nothing
	@.setup/third-party build/third-party third-party

deps-bench: ## the same for the programs `make bench` compares with
	@.setup/third-party build/third-party bench

# A change of compiler or flags rebuilds everything of this variant.
$(B)/flags: FORCE | $(setup)
	@mkdir -p $(@D); printf '%s\n' "$$($(CC) --version | head -n 1)" '$(subst ','\'',$(CC) $(shim_flags) | \
	    $(host_flags) | $(ref_flags) | $(victim_flags) | $(fuzz_flags) | $(LDFLAGS) $(san_link))' >$@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
FORCE:

# ---- rules -------------------------------------------------------------------------------------------

$(B)/obj/shim/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(shim_flags) -MMD -MP -c -o $@ $<

$(B)/obj/host/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_flags) -MMD -MP -c -o $@ $<

$(B)/obj/ref/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ref_flags) -MMD -MP -c -o $@ $<

$(B)/obj/fuzz/%.o: %.c $(B)/flags
	$(call say,CLANG,$<)
	@mkdir -p $(@D)
	$(Q)clang $(fuzz_flags) -fsanitize=fuzzer-no-link,$(fuzz_san) -MMD -MP -c -o $@ $<

$(shim): $(shim_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) $(shim_flags) -shared -Wl,-soname,libsockfault.so -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,--as-needed \
	    $(LDFLAGS) -o $@ $^

$(harness): $(harness_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) $(host_flags) $(harden_link) $(san_link) $(LDFLAGS) -o $@ $^ $(pkg_libs)

$(B)/reference/client: $(client_obj)
$(B)/reference/server: $(server_obj)
$(B)/reference/client $(B)/reference/server:
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ref_flags) $(harden_link) $(san_link) $(LDFLAGS) -o $@ $^

$(unit): $(B)/%: $(B)/obj/host/%.o $(unit_help_obj) $(library_obj)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_flags) $(harden_link) $(LDFLAGS) -o $@ $^ $(pkg_libs) -lcriterion

$(cells): $(cells_obj)
$(decisions): $(decisions_obj)
$(cells) $(decisions): $(library_obj)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_flags) $(harden_link) $(san_link) $(LDFLAGS) -o $@ $^ $(pkg_libs)

# One file a program, as somebody else would build it: no sanitizer, no hardening, sites as written.
$(victims): $(B)/%: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(victim_flags) -MMD -MP -MF $@.d -o $@ $< $(LDFLAGS)

# The same program without its bug: the scenario that the broken one fails passes with this one.
$(fixed): $(B)/%-fixed: %.c $(B)/flags
	$(call say,CC,$< -DFIXED)
	@mkdir -p $(@D)
	$(Q)$(CC) $(victim_flags) -DFIXED -MMD -MP -MF $@.d -o $@ $< $(LDFLAGS)

$(fuzzers): $(B)/%: $(B)/obj/fuzz/%.o $(fuzz_library_obj)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)clang $(fuzz_flags) -fsanitize=fuzzer,$(fuzz_san) -o $@ $^ $(pkg_libs)

# A variant's programs are reached as build/... from a folder that looks like this one.
$(B)/root: $(setup)
	@mkdir -p $@ && ln -sfn .. $@/build && for d in scenarios tests examples docs shim harness reference coverage; do \
	    ln -sfn ../../../$$d $@/$$d; done && touch $@
root := $(if $(filter build,$(B)),.,$(B)/root)
root_dep := $(filter-out .,$(root))

-include $(sort $(shim_obj:.o=.d) $(harness_obj:.o=.d) $(client_obj:.o=.d) $(server_obj:.o=.d) $(unit_obj:.o=.d) \
    $(unit_help_obj:.o=.d) $(cells_obj:.o=.d) $(decisions_obj:.o=.d) $(fuzz_obj:.o=.d) $(fuzz_library_obj:.o=.d) $(victims:=.d) $(fixed:=.d))

# ---- running -----------------------------------------------------------------------------------------

scenarios: $(programs) $(root_dep) ## run every scenario (ARGS='--only GLOB -j4 ...')
	@cd $(root) && build/sockfault run $(ARGS) scenarios

check-programs: $(programs) $(unit) $(victims_test) $(cells) $(decisions) $(root_dep)

test: check-programs ## unit tests, then the scripts of tests/; closes with `N passed, N failed`
	@cd $(root) && '$(CURDIR)/.ci/test' $(unit:$(B)/%=build/%) -- $(test_scripts)

conformance: $(programs) $(filter $(B)/tests/conformance/%,$(victims)) $(root_dep) ## the fault model against the kernel: row, twin, equal or the difference
	@cd $(root) && tests/conformance/run.sh '$(ONLY)'

fault-model: $(harness) ## print docs/fault-model.md anew from the table
	@tests/conformance/document.sh >docs/fault-model.md.new && mv docs/fault-model.md.new docs/fault-model.md

cells: $(cells) $(root_dep) ## every fault at every family of calls, every form of every key, and where it is tested
	@cd $(root) && tests/cells/run.sh table

sweep-reference: $(programs) $(root_dep) ## the reference pair in all models and domains survives every fault of every tier
	@cd $(root) && SHARD=all tests/sweep/run-models.sh

sweep-third-party: $(programs) $(root_dep) ## sweep the programs of examples/third-party, unattended (docs/findings.md); BUDGET=5min for each
	@cd $(root) && tests/sweep/third-party.sh

stress-quiescence: $(programs) $(filter $(B)/tests/hang/%,$(victims)) $(root_dep) ## no false hang and no false jump in COUNT experiments under load, by both clocks
	@cd $(root) && tests/stress/quiescence.sh $(COUNT) && FULL=1 tests/hang/run.sh

bench: all $(filter $(B)/tests/bench/% $(B)/tests/hang/%,$(victims)) ## measure what the shim costs, what virtual time saves, how soon a hang is told, how fast sweeps are
	@tests/bench/run.sh
	@echo
	@tests/bench/time.sh
	@echo
	@tests/bench/sweep.sh

fuzz: $(fuzzers) ## fuzz the parsers, FUZZ_TIME seconds each
	@.ci/fuzz $(FUZZ_TIME) $(fuzzers)

valgrind: all ## reference pair and harness under valgrind: no error, no leak, no open descriptor
	@.ci/valgrind

coverage: ## lcov report of shim, harness and reference; SUBMISSION=DIR: of somebody's client and server
ifeq ($(SUBMISSION),)
	@$(MAKE) $(if $(Q),-s) --no-print-directory COV=1 $(if $(is_clang),CC=gcc) SETUP='$(SETUP)' coverage-report
else
	@$(MAKE) $(if $(Q),-s) --no-print-directory SUBMISSION= SETUP='$(SETUP)' all build/coverage/summary
	@NAME='$(if $(filter command,$(origin NAME)),$(NAME))' CLIENT='$(subst ','\'',$(CLIENT))' \
	    SERVER='$(subst ','\'',$(SERVER))' coverage/submission '$(SUBMISSION)' $(SCENARIOS)
endif

coverage-report: check-programs
	@coverage/run $(root) $(unit:$(B)/%=build/%) -- $(test_scripts)

sweep-coverage: all ## the reference pair's own sweep: what of reference/ it reaches, and what it does not, with reasons
	@$(MAKE) $(if $(Q),-s) --no-print-directory COV=1 $(if $(is_clang),CC=gcc) SETUP='$(SETUP)' build/cov/reference/client build/cov/reference/server
	@tests/sweep/coverage.sh

build/coverage/summary: coverage/summary.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_flags) $(harden_link) -o $@ $< $(pkg_libs)

lint: $(setup) $(shim) ## formatting, length, static analysis, shell scripts, what the shim links
	@CC='$(CC)' .ci/lint

format: ## clang-format every C file in place
	@clang-format -i $$(find shim harness reference tests coverage -name '*.[ch]')

man := $(wildcard docs/sockfault.1)
schema := $(wildcard docs/scenario.schema.json)
manuals := $(wildcard docs/scenario-format.md docs/fault-model.md)
into = '$(DESTDIR)$(PREFIX)/$1'

# A relative one would end up below DESTDIR, or wherever make was started.
ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
ifeq ($(filter /%,$(firstword $(PREFIX))),)
$(error PREFIX=$(PREFIX): got a relative path, expected an absolute one)
endif
endif

install: all ## install program, library and manual into DESTDIR/PREFIX
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D -m 755 $(harness) $(call into,bin/sockfault)
	$(Q)install -D -m 755 $(shim) $(call into,lib/libsockfault.so)
	$(if $(man),$(Q)install -D -m 644 $(man) $(call into,share/man/man1/sockfault.1))
	$(if $(schema),$(Q)install -D -m 644 $(schema) $(call into,share/sockfault/scenario.schema.json))
	$(if $(manuals),$(Q)install -D -m 644 -t $(call into,share/doc/sockfault) $(manuals))

uninstall: ## remove what install put there
	$(Q)rm -f $(call into,bin/sockfault) $(call into,lib/libsockfault.so) $(call into,share/man/man1/sockfault.1)
	$(Q)rm -rf $(call into,share/sockfault) $(call into,share/doc/sockfault)

doctor: all ## what this machine can do for sockfault
	@build/sockfault doctor

clean: ## remove what was built, but not build/third-party
	@for f in build/* build/.setup; do [ "$$f" = build/third-party ] || rm -rf "$$f"; done

distclean: ## remove all of build/
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: all deps deps-third-party deps-bench scenarios check-programs test conformance fault-model cells sweep-reference sweep-third-party stress-quiescence bench fuzz valgrind coverage sweep-coverage \
    coverage-report lint format install uninstall doctor clean distclean help FORCE
