# UsageFlow. `make` alone explains itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env run stop status clean demo seed compose-env bench chaos rolling test screens unit lint format lock manifests sbom openapi strimzi events

PYTHON ?= python3
ARGS ?=
DURATION ?= 180
RATE ?= 2000
SEED ?= 1
WORKERS ?= 2
BIN := .venv/bin
MEMBERS := libs/common libs/client libs/cli deploy/local services/gateway services/ingest services/aggregator services/invoicer services/webhooks

help: ## show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## make the Python environment in .venv (done by the others when needed)
	@PYTHON="$(PYTHON)" deploy/local/environment.sh $(MEMBERS)

run: env ## start everything here: PostgreSQL, Kafka, five services, the dashboard, a demo organization (ARGS="--help" for ports)
	@$(BIN)/python -m usageflow_local run $(ARGS)

stop: env ## stop what `make run` started
	@$(BIN)/python -m usageflow_local stop $(ARGS)

status: env ## what runs, where, since when
	@$(BIN)/python -m usageflow_local status $(ARGS)

clean: env ## delete the data of `make run`
	@$(BIN)/python -m usageflow_local clean $(ARGS)

demo: env ## play the worked example against what `make run` started; fails when one figure differs
	@$(BIN)/usageflow demo $(ARGS)

seed: env ## fill what `make run` started with a lifelike organization; run again it adds what is missing (ARGS="--help")
	@$(BIN)/usageflow seed demo $(ARGS)

compose-env: env ## make the secrets of docker-compose.yml (.env), unless they are there
	@$(BIN)/python -m usageflow_local compose-env $(ARGS)

bench: env ## figures beside their baselines, on a throw-away system (ARGS="--only batches", ARGS="--help")
	@$(BIN)/python -m bench $(ARGS)

chaos: env ## a storm of kills over a throw-away system, and the proof that nothing was lost (DURATION=180 SEED=1)
	@$(BIN)/python -m chaos --seconds $(DURATION) --seed $(SEED) $(ARGS)

rolling: env ## replace every process once under load, as a deployment does, and prove that nothing was lost (RATE=2000)
	@$(BIN)/python -m chaos.rolling --rate $(RATE) $(ARGS)

test: lint ## everything: lint, types, unit, integration, end to end in two workers (WORKERS=0 for one process)
	@$(BIN)/pytest -n $(WORKERS) --no-loadscope-reorder $(ARGS)

screens: env ## take pictures of every page of the dashboard (ONLY=usage STATES=full,empty,loading,error)
	@$(BIN)/python tests/dashboard/screens.py

unit: env ## the tests that need neither PostgreSQL nor Kafka
	@$(BIN)/pytest -q libs/*/tests/unit services/*/tests/unit bench/tests/unit chaos/tests/unit tests/tidy $(ARGS)

lint: env ## style, types, directions of imports, declared dependencies, the lock
	@deploy/local/lint.sh $(MEMBERS)

format: env ## write code in the house's format
	@$(BIN)/ruff check -q --fix-only . && $(BIN)/ruff format -q .

lock: env ## resolve requirements.lock and the images' locks anew (versions that still fit stay)
	@deploy/local/lock.sh . $(MEMBERS)

strimzi: env ## write Kafka's topics and users for Kubernetes from what the topics say of themselves
	@$(BIN)/usageflow strimzi > deploy/k8s/components/strimzi/topics-and-users.yaml

manifests: env ## render the Kubernetes overlays with kubectl and validate them
	@$(BIN)/python tests/manifests/render.py

sbom: env ## write what each image is made of (CycloneDX, dist/sbom)
	@mkdir -p dist/sbom
	@for lock in deploy/images/*.lock; do $(BIN)/cyclonedx-py requirements $$lock --output-reproducible --of JSON -o dist/sbom/$$(basename $$lock .lock).json; done

openapi: env ## write docs/openapi.json from the services
	@$(BIN)/usageflow openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	@cp docs/openapi.json services/gateway/usageflow_gateway/openapi.json

events: env ## write the JSON schemas of webhooks (docs/events) from the services
	@$(BIN)/usageflow payloads --folder docs/events
	@$(BIN)/usageflow payloads > payloads.json.new && mv payloads.json.new services/webhooks/usageflow_webhooks/payloads.json
