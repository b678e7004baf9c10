# What a browser gets, and the catalogues of its languages; included by Makefile.

MODULES_NPM := build/npm/node_modules/.package-lock.json
CATALOGUES  := $(patsubst templates/locales/%.po,$(BUILD)/locales/%.mo,$(wildcard templates/locales/*.po))

assets: $(BUILD)/assets/manifest.json $(CATALOGUES)

$(MODULES_NPM): templates/assets/package.json templates/assets/package-lock.json
	@echo "  NPM     templates/assets"
	@mkdir -p build/npm
	@cp $^ build/npm/
	@cd build/npm && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error > /dev/null
	@touch $@

$(BUILD)/assets/manifest.json: deploy/assets $(MODULES_NPM) $(wildcard templates/assets/*.css templates/assets/*.js templates/assets/*.svg)
	@echo "  ASSETS  $(@D)"
	@mkdir -p $(BUILD)
	@deploy/assets build/npm/node_modules $(@D)

$(BUILD)/locales/%.mo: templates/locales/%.po
	@echo "  MSGFMT  $<"
	@mkdir -p $(@D)
	@msgfmt --check-format --output-file=$@ $<

.PHONY: assets

# The browser that tests drive: kept away from what browsers get.
MODULES_BROWSER := build/browser/node_modules/.package-lock.json
browser-modules: $(MODULES_BROWSER)

$(MODULES_BROWSER): tests/browser/package.json tests/browser/package-lock.json
	@echo "  NPM     tests/browser"
	@mkdir -p build/browser
	@cp $^ build/browser/
	@cd build/browser && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error > /dev/null
	@touch $@

.PHONY: browser-modules
