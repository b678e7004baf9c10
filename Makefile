# Veha: `make help` lists what can be made.
#
# BUILD names the folder of results; SANITIZE=1 builds with ASan and UBSan, COVER=1 with coverage counts, FUZZ=1 for libFuzzer (with clang), each into its own folder.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

CC       ?= gcc
ifeq ($(origin CC),default)
CC       := $(if $(FUZZ),clang,gcc)
endif
PACKAGES := libpq jansson libjwt libcurl libsodium libxml-2.0 libidn2 libsystemd libseccomp openssl zlib libqrencode xlsxwriter
VARIANT  := $(if $(SANITIZE),sanitize,$(if $(COVER),cover,$(if $(FUZZ),fuzz,release)))
BUILD    ?= build/$(VARIANT)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wformat=2 -Wundef -Wvla -Wcast-qual
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifdef SANITIZE
MODE     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DVEHA_SANITIZE=1
MODE_LD  := -fsanitize=address,undefined
else ifdef FUZZ
MODE     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DVEHA_SANITIZE=1
MODE_LD  := -fsanitize=address,undefined
else ifdef COVER
MODE     := -O0 -g --coverage
MODE_LD  := --coverage
else
MODE     := -O2 -g -D_FORTIFY_SOURCE=2
endif

CPPFLAGS += -D_GNU_SOURCE -Iinclude -I. -isystem /usr/include/libxml2 -isystem /usr/include/postgresql
CFLAGS   += -std=c17 $(WARNINGS) $(HARDEN) $(MODE)
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(MODE_LD)
LDLIBS    = $(shell pkg-config --libs $(PACKAGES) libh2o-evloop) -lcsv -linih -lzxcvbn -lm -lpthread

# Modules in the order of their dependencies: each may use only what stands to its left.
MODULES     := base db identity web tenants
SOURCES_base     := $(wildcard server/base/*.c)
SOURCES_db       := $(wildcard server/db/*.c) $(BUILD)/queries.c $(BUILD)/migrations.c
SOURCES_identity := $(wildcard server/identity/*.c)
SOURCES_web      := $(wildcard server/web/*.c)
SOURCES_tenants  := $(wildcard tenants/*.c tenants/*/*.c)
SOURCES_command  := $(wildcard server/command/*.c server/main.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(patsubst $(BUILD)/%,%,$(1)))
archive = $(BUILD)/lib$(1).a
ARCHIVES := $(foreach m,tenants web identity db base,$(call archive,$(m)))

all: $(BUILD)/veha assets ## Build the program (build/release/veha) and the browser's files

$(BUILD)/veha: $(call objects,$(SOURCES_command)) $(ARCHIVES)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVES) $(LDLIBS)

define module
$(call archive,$(1)): $(call objects,$(SOURCES_$(1)))
	@echo "  AR      $$@"
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call module,$(m))))

# Only server/web may include h2o.h, which must be told to use epoll.
$(BUILD)/server/web/%.o: CPPFLAGS += -DH2O_USE_EPOLL=1 -DH2O_USE_LIBUV=0

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: $(BUILD)/%.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/queries.c: deploy/embed-queries $(wildcard sql/queries/*.sql)
	@mkdir -p $(@D)
	@deploy/embed-queries sql/queries > $@

$(BUILD)/migrations.c: deploy/embed-migrations $(wildcard sql/migrations/*.sql)
	@mkdir -p $(@D)
	@deploy/embed-migrations sql/migrations > $@

# Unit tests: tests/unit/MODULE/NAME_test.c is one program, linked with its module and those to its left.
UNIT_SOURCES := $(wildcard tests/unit/*/*_test.c)
UNIT_TESTS   := $(UNIT_SOURCES:%.c=$(BUILD)/%)

archives_base     := base
archives_db       := db base
archives_identity := identity db base
archives_web      := web identity db base
archives_tenants  := tenants web identity db base

define unit_test
$(BUILD)/tests/unit/$(1)/%_test: $(BUILD)/tests/unit/$(1)/%_test.o $(foreach m,$(archives_$(1)),$(call archive,$(m)))
	@echo "  LINK    $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$< $(foreach m,$(archives_$(1)),$(call archive,$(m))) -lcmocka $$(LDLIBS)
endef
$(foreach m,$(MODULES),$(eval $(call unit_test,$(m))))
.SECONDARY:

# Fuzz targets: tests/fuzz/NAME_fuzz.c is one program, linked with every module.
FUZZ_TARGETS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))

$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(ARCHIVES)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(ARCHIVES) $(LDLIBS)

# The same over their seeds alone, without a fuzzer: tests/fuzz/cover counts what they reach.
FUZZ_REPLAYS := $(FUZZ_TARGETS:%_fuzz=%_replay)

$(BUILD)/tests/fuzz/%_replay: $(BUILD)/tests/fuzz/%_fuzz.o $(BUILD)/tests/fuzz/replay.o $(ARCHIVES)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVES) $(LDLIBS)

unit: $(UNIT_TESTS) ## Build and run the unit tests
	@tests/run unit

-include deploy/assets.mk
-include deploy/targets.mk

help: ## List these targets
	@awk -F':.*## ' '/^[a-z -]+:.*## / { n = split($$1, names, " "); for (i = 1; i <= n; i++) printf "  make %-13s %s\n", names[i], $$2 }' $(MAKEFILE_LIST)

clean: ## Remove all build results
	rm -rf build compile_commands.json

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: all unit help clean
