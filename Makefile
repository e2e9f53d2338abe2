# `make help` lists the commands.

TARGET ?= rehearsal
ENV ?= benchmark
PYTHON ?= python3
export PYTHON

COMMAND = .venv/bin/python -m modules.commands --target "$(TARGET)" --environment "$(ENV)"
REHEARSAL = --directory "$(or $(REHEARSAL_DIRECTORY),.rehearsal)"
PYTEST = .venv/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup deploy plan destroy unlock env master-key drill-task drill-az drill-rds drill-abort drills scale load restore lab \
	cost prices teardown rotate-keys status rehearsal-stop test test-quick check policy \
	format picture benchmark lock clean

help: ## Explain the commands
	@echo "make COMMAND [TARGET=rehearsal|aws] [ENV=$$(ls environments | sed -n 's/\.yaml$$//p' | grep -v litellm | paste -sd '|')]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | sed 's/\$$\$$/$$/' | awk -F '|' '{printf "%-20s%s\n", $$1, $$2}'

setup: ## Install what the project needs into its folder
	@sh modules/commands/setup.sh

deploy: setup ## Put the environment on its target
	@$(COMMAND) deploy

plan: setup ## Show and review what a deployment would change; with GATE=yes, fail when there is something to approve
	@$(COMMAND) plan

destroy: setup ## Remove the environment from its target
	@$(COMMAND) destroy

unlock: setup ## Remove the state's lock that a killed run left behind
	@$(COMMAND) unlock

env: setup ## Print the target's variables: eval "$$(make -s env)", then cdktf, terraform and aws work on it
	@$(COMMAND) env

.PHONY: doctor
doctor: setup ## Compare what is deployed with what is meant to be, and say what to do; changes nothing
	@$(COMMAND) doctor

.PHONY: smoke preflight
smoke: setup ## Ask the deployment a handful of questions: whether it serves; on AWS with MODEL=name
	@$(COMMAND) smoke

preflight: setup ## See whether a deployment can begin: credentials, region, quotas, certificate, image, state, locks
	@$(COMMAND) preflight

drill-task: setup ## Stop a task on purpose, and measure the recovery
	@$(COMMAND) drill-task

drill-az: setup ## Cut a zone off on purpose, and measure the recovery
	@$(COMMAND) drill-az

drill-rds: setup ## Let the database fail over on purpose, and measure the recovery
	@$(COMMAND) drill-rds

drill-abort: setup ## End every experiment of the environment; always safe
	@$(COMMAND) drill-abort

drills: setup ## Show the outcomes of all drills so far
	@$(COMMAND) drills

scale: setup ## Show how many tasks run and should; TASKS=, MINIMUM_TASKS=, MAXIMUM_TASKS= set that at once
	@$(COMMAND) scale

load: setup ## Measure throughput and latency: USERS=20 who wait and think, or RATE=requests/s; SECONDS=60, WARM_UP=10, FLEET=yes on AWS
	@$(COMMAND) load

rotate-keys: setup ## Show how old the secrets are; WHICH=master_key|database_password|both makes new ones
	@$(COMMAND) rotate-keys

teardown: setup ## Remove the environment, and verify that nothing is left but what is kept on purpose
	@$(COMMAND) teardown

.PHONY: policies
policies: setup ## Write the IAM policies of docs/iam anew, with what the running rehearsal has recorded
	@sh modules/commands/setup_checkov.sh && $(COMMAND) policies

restore: setup ## Put a restored database in the place of the one that serves; AT=latest or a time
	@$(COMMAND) restore

cost: setup ## Show what the environment costs a month; with PLAN=FILE (terraform show -json), what a change costs
	@$(COMMAND) cost

prices: setup ## Renew the book of prices from AWS's Price List; REGIONS=... adds regions
	@$(COMMAND) prices

master-key: setup ## Print LiteLLM's master key: curl -H "Authorization: Bearer $$(make -s master-key)" ...
	@$(COMMAND) master-key

.PHONY: calibrate
calibrate: setup ## Fit the capacity model to the running fleet, and hold it to points that it was not fitted to; SECONDS=60
	@$(COMMAND) calibrate

lab: setup ## Open JupyterLab on the notebooks
	@$(COMMAND) lab

status: setup ## Show the rehearsal's tasks, targets, database, alarms and faults
	@.venv/bin/python -m modules.rehearsal status $(REHEARSAL)

rehearsal-stop: setup ## Stop the rehearsal and forget all that was deployed on it
	@.venv/bin/python -m modules.rehearsal stop $(REHEARSAL)

test: check ## Run every test, the end-to-end ones included
	@echo "The end-to-end tests run beside the others; what they say comes at the end."; \
	$(PYTEST) -m end_to_end >.tools/end-to-end.log 2>&1 & deployments=$$!; \
	$(PYTEST) -m "not benchmark and not end_to_end"; others=$$?; \
	wait $$deployments; result=$$?; cat .tools/end-to-end.log; exit $$((others + result))

test-quick: setup ## Run the tests that need no deployment
	@$(PYTEST) -m "not benchmark and not end_to_end"

check: setup policy ## Lint, type-check, and hold the architecture to its policy
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

policy: setup ## Check every environment's Terraform with checkov, against policy/waivers.yaml
	@sh modules/commands/setup_checkov.sh && .venv/bin/python -m modules.policy

format: setup ## Format the code
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

picture: setup ## Draw docs/architecture.svg from the synthesized production stack
	@.venv/bin/python -m modules.picture

benchmark: setup ## Print the project's speed, side by side with what it is held to
	@$(PYTEST) -m "benchmark and not tuning" -s -q

.PHONY: benchmark-tuning
benchmark-tuning: setup ## Measure LiteLLM's settings side by side, and write the table of docs/tuning.md
	@$(PYTEST) -m tuning -s -q

lock: ## Renew Pipfile.lock and package-lock.json
	@PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 .tools/pipenv/bin/pipenv lock
	@$(PYTHON) modules/commands/forget_index.py Pipfile.lock
	@npm install --package-lock-only --loglevel=error

clean: ## Remove what was synthesized and cached; keep the installed packages
	@rm -rf cdktf.out .terraform-alive .mypy_cache .pytest_cache .ruff_cache .hypothesis
