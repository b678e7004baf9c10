# What a browser gets, and the catalogues of its languages; included by Makefile.

MODULES_NPM := build/npm/node_modules/.package-lock.json
CATALOGUES  := $(patsubst templates/locales/%.po,$(BUILD)/locales/%.mo,$(wildcard templates/locales/*.po))

assets: $(BUILD)/assets/manifest.json $(CATALOGUES)

$(MODULES_NPM): templates/assets/package.json templates/assets/package-lock.json
	@echo "  NPM     templates/assets"
	@mkdir -p build/npm
	@cp $^ build/npm/
	@cd build/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null
	@touch $@

$(BUILD)/assets/manifest.json: deploy/assets $(MODULES_NPM) $(wildcard templates/assets/*.css templates/assets/*.svg)
	@echo "  ASSETS  $(@D)"
	@mkdir -p $(BUILD)
	@deploy/assets build/npm/node_modules $(@D)

$(BUILD)/locales/%.mo: templates/locales/%.po
	@echo "  MSGFMT  $<"
	@mkdir -p $(@D)
	@msgfmt --check-format --output-file=$@ $<

.PHONY: assets
