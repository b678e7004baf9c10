# What a browser gets, and the catalogues of its languages; included by Makefile.

CATALOGUES  := $(patsubst templates/locales/%.po,$(BUILD)/locales/%.mo,$(wildcard templates/locales/*.po))

assets: $(BUILD)/assets/manifest.json $(CATALOGUES)

# What a folder's package.json asks of npm, in build/NAME: each is kept away from what the others need.
define modules
$(1)-modules: build/$(1)/node_modules/.package-lock.json
build/$(1)/node_modules/.package-lock.json: $(2)/package.json $(2)/package-lock.json
	@echo "  NPM     $(2)"
	@mkdir -p build/$(1)
	@cp $$^ build/$(1)/
	@cd build/$(1) && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error > /dev/null
	@touch $$@
.PHONY: $(1)-modules
endef
$(eval $(call modules,npm,templates/assets))
$(eval $(call modules,browser,tests/browser))
$(eval $(call modules,baseline,tests/browser/baseline))
$(eval $(call modules,linter,tests/http/linter))

$(BUILD)/assets/manifest.json: deploy/assets build/npm/node_modules/.package-lock.json $(wildcard $(addprefix templates/assets/*.,css js svg)) $(wildcard templates/pages/*.html templates/pages/*/*.html)
	@echo "  ASSETS  $(@D)"
	@mkdir -p $(BUILD)
	@deploy/assets build/npm/node_modules $(@D)

$(BUILD)/locales/%.mo: templates/locales/%.po
	@echo "  MSGFMT  $<"
	@mkdir -p $(@D)
	@msgfmt --check-format --output-file=$@ $<

.PHONY: assets
