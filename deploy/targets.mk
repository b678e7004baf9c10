# The targets beside the build: running Veha on this machine, testing it, and looking at its code.

run: ## Install what is missing, build, and run Veha with a sample region
	@deploy/install build run
	@deploy/run-local start

stop: ## Stop what `make run` started
	@deploy/run-local stop

reset: ## Stop, and forget the data of the sample region
	@deploy/run-local reset

# Where a region's installation keeps its files; what the configuration's defaults name lies below /usr.
PREFIX ?= /usr
share   = $(DESTDIR)$(PREFIX)/share

install: all ## Put program, templates and manual page below DESTDIR and PREFIX (/usr)
	@install -D -m 755 $(BUILD)/veha $(DESTDIR)$(PREFIX)/bin/veha
	@install -D -m 644 deploy/veha.1 $(share)/man/man1/veha.1
	@install -D -m 644 -t $(share)/veha sql/roles.sql
	@rm -rf $(share)/veha/templates $(share)/veha/assets $(share)/veha/locales
	@mkdir -p $(share)/veha/templates $(share)/veha/locales
	@cp -r $(addprefix templates/,calendars messages networks pages roadmaps rubrics) $(share)/veha/templates/
	@cp -r $(BUILD)/assets $(share)/veha/
	@cp $(CATALOGUES) $(share)/veha/locales/
	@chmod -R u=rwX,go=rX $(share)/veha
	@echo "  INSTALL $(DESTDIR)$(PREFIX)/bin/veha and $(share)/veha"

test: ## Install what tests need and run all of them
	@deploy/install build run test
	@tests/run

architecture sql plan corpus hostile spec http browser: ## Run one suite of tests
	@tests/run $@

sanitize: ## Run all tests under ASan and UBSan
	@deploy/install build run test
	@SANITIZE=1 tests/run

fuzz: ## Fuzz each target for FUZZ_SECONDS (60), two at a time
	@deploy/install build test
	@tests/fuzz/run

fuzz-cover: ## Count which lines of what is fuzzed its kept seeds reach
	@deploy/install build run test check
	@tests/fuzz/cover

mutate: ## Break each rule of who may do what in turn, and see that a test fails
	@deploy/install build run test
	@tests/mutate/run

chaos: ## Kill a thousand verifiers in the middle of their work, and count what they left
	@deploy/install build run test
	@CHAOS_KILLS=$${CHAOS_KILLS:-1000} node --test-reporter=spec --test tests/http/chaos.test.mjs

lint: ## Check code, scripts and the API's description
	@deploy/install build run test check
	@deploy/lint

cover: ## Count which lines the tests run: build/cover/report.txt
	@deploy/install build run test check
	@deploy/cover

bench: ## Measure, and print the figures side by side
	@deploy/install build run test check
	@tests/load/bench

# What the test runner builds before it starts.
program: $(BUILD)/veha
unit-programs: $(UNIT_TESTS)
fuzz-programs: $(FUZZ_TARGETS)
fuzz-replays: $(FUZZ_REPLAYS)

.PHONY: run stop reset test architecture sql plan corpus hostile spec http browser install sanitize fuzz fuzz-cover chaos lint cover bench program unit-programs fuzz-programs fuzz-replays load-programs

# What a sweep of looks is measured against, and what measures the costs of a page and of a token.
load-programs: $(addprefix $(BUILD)/tests/load/,bare_fetch read_cost token_cost)

$(BUILD)/tests/load/bare_fetch: $(BUILD)/tests/load/bare_fetch.o
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $< -lcurl

$(BUILD)/tests/load/read_cost: $(BUILD)/tests/load/read_cost.o $(ARCHIVES)
$(BUILD)/tests/load/token_cost: $(BUILD)/tests/load/token_cost.o $(ARCHIVES)
$(addprefix $(BUILD)/tests/load/,read_cost token_cost):
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $< $(ARCHIVES) $(LDLIBS)

# What the tests of hostile addresses need: an ear for packets, and the same looks with the guard and without it. The guard's substitute stands before the
# archives, so that theirs is not taken.
hostile-programs: $(addprefix $(BUILD)/tests/hostile/,syn_watch look_many look_many_unguarded)

$(BUILD)/tests/hostile/syn_watch: $(BUILD)/tests/hostile/syn_watch.o
$(BUILD)/tests/hostile/look_many: $(BUILD)/tests/hostile/look_many.o $(ARCHIVES)
$(BUILD)/tests/hostile/look_many_unguarded: $(BUILD)/tests/hostile/look_many.o $(BUILD)/tests/hostile/no_guard.o $(ARCHIVES)
$(addprefix $(BUILD)/tests/hostile/,syn_watch look_many look_many_unguarded):
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

.PHONY: hostile-programs

# One mutant of tests/mutate/run: MUTANT, a changed copy of the source ORIGIN, is linked before the archives, so that theirs is not taken, with the unit test
# HOST or with the program itself (HOST=veha).
mutant: $(ARCHIVES)
	@$(CC) $(CPPFLAGS) -iquote $(dir $(ORIGIN)) $(if $(filter server/web/%,$(ORIGIN)),-DH2O_USE_EPOLL=1 -DH2O_USE_LIBUV=0) $(CFLAGS) -w -c -o $(MUTANT:.c=.o) $(MUTANT)
	@$(CC) $(LDFLAGS) -o $(dir $(MUTANT))$(notdir $(HOST)) $(if $(filter veha,$(HOST)),$(call objects,$(SOURCES_command)),$(BUILD)/$(HOST).o) \
	    $(MUTANT:.c=.o) $(ARCHIVES) -lcmocka $(LDLIBS)

.PHONY: mutate mutant
