# One inventory is one cluster; README.md explains the verbs. A bare `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.SUFFIXES:

TOPOLOGY ?= failover
OS ?= debian13
DRILL ?=
NODE ?=
RESOURCE ?=
CMD ?=
FILE ?=
PASSWORD ?=
ONLY ?=
# Variables of the inventory that have another value in this lab: VARS='farm_director=ldirectord'. Tests that are started by
# hand are told so by HALAB_VARS.
VARS ?=
# Where packages of the cloud image come from; empty: Debian's own default.
MIRROR ?=

ROOT := $(CURDIR)
VENV := $(ROOT)/.venv
COLLECTIONS := $(ROOT)/.cache/collections
LINK := $(COLLECTIONS)/ansible_collections/halab/cluster
LAB := $(HOME)/.cache/halab/labs/$(TOPOLOGY)
INVENTORY := inventories/$(TOPOLOGY)
# An inventory with sites, two clusters with a ticket between them, has a playbook of its own.
SITE := playbooks/$(if $(wildcard $(INVENTORY)/group_vars/site_a),geo,site).yml
# Packages are installed as root: directly, or through sudo.
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

export PATH := $(VENV)/bin:$(PATH)
export ANSIBLE_CONFIG := $(ROOT)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export ANSIBLE_CALLBACK_RESULT_FORMAT := yaml
# Prints the total time at the end of each playbook.
export ANSIBLE_CALLBACKS_ENABLED := ansible.posix.timer
export PYTHONUNBUFFERED := 1
# Ansible refuses to start without a UTF-8 locale, and a bare machine has none set.
export LC_ALL := C.UTF-8
# Everything that a test, a scenario or a hook starts acts on the same topology and distribution.
export HALAB_TOPOLOGY := $(TOPOLOGY)
export HALAB_OS := $(OS)
export MOLECULE_GLOB := molecule/*/molecule.yml
# Scenario reuse writes it: the lab's podman, which also works where cgroups are not as containers with systemd need them.
export MOLECULE_PODMAN_EXECUTABLE := $(ROOT)/build/reuse/podman

# Half the time of a drill's task is the start of Python, and on an emulated VM nearly all of it; mitogen keeps one running
# on each node. It changes how Ansible reaches a node, not what a role does: playbooks started by hand do without it, and
# so does scenario reuse, with a connection of another kind.
ifneq ($(TOPOLOGY),reuse)
MITOGEN = $(wildcard $(VENV)/lib/python3*/site-packages/ansible_mitogen/plugins/strategy)
export ANSIBLE_STRATEGY_PLUGINS = $(MITOGEN)
export ANSIBLE_STRATEGY = $(if $(MITOGEN),mitogen_linear,linear)
# Of its first connection to a node.
export ANSIBLE_TIMEOUT = 60
else
# Those of the make that has called this one.
unexport ANSIBLE_STRATEGY_PLUGINS ANSIBLE_STRATEGY ANSIBLE_TIMEOUT
endif

# What is measured, and what unit tests run, is Ansible as it is.
PLAIN = env -u ANSIBLE_STRATEGY -u ANSIBLE_STRATEGY_PLUGINS
PLAY = ansible-playbook -i $(INVENTORY) -e lab_os=$(OS) $(if $(VARS),-e '$(VARS)')
# Announces a step with the time of day, so that a long one can be judged.
say = @printf '\n== %(%H:%M:%S)T  %s\n' -1 '$(1)'

.PHONY: help
help: ## List what can be done
	@printf 'usage: make TARGET [TOPOLOGY=%s] [OS=%s]\n\n' '$(TOPOLOGY)' '$(OS)'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS=$$'\t' read -r target text; do printf '  %-16s  %s\n' "$$target" "$$text"; done

# --- what a user needs ---

.PHONY: lab
lab: up converge ## Build the lab, converge it, run its first drill, leave it running
	$(call say,first drill of $(TOPOLOGY))
	$(PLAY) playbooks/drill.yml -e drill_first_only=true
	$(call say,the cluster is running: make status / make ssh NODE=node1 / make drill / make down)

.PHONY: up
up: setup ## Build the nodes of the lab (the first run builds the node image too)
	$(call say,building the nodes of $(TOPOLOGY) on $(OS))
	$(PLAY) playbooks/lab_up.yml

.PHONY: converge
converge: setup ## Make a cluster of the nodes; a second run changes nothing
	$(call say,converging $(TOPOLOGY))
	$(PLAY) $(SITE)

.PHONY: rolling-converge
rolling-converge: setup ## The same on balancers or directors, one after another, never the one with the address
	$(call say,converging $(TOPOLOGY) one host after another)
	$(PLAY) playbooks/rolling_converge.yml

.PHONY: rolling-restart
rolling-restart: setup ## Restart corosync where it or sbd does not go by its settings yet, one node after another
	$(call say,restarting $(TOPOLOGY) one node after another)
	$(PLAY) playbooks/rolling_restart.yml

.PHONY: rolling-update
rolling-update: setup ## Update packages and reboot where that is due, one cluster node after another
	$(call say,updating $(TOPOLOGY) one node after another)
	$(PLAY) playbooks/rolling_update.yml

.PHONY: status
status: setup ## Show the live cluster
	@$(PLAY) playbooks/status.yml

# make turns every failure into its own status 2; the command's own status is in its message: "Error N".
.PHONY: ssh
ssh: ## Open a shell on a node: NODE=node1, or run one command there: CMD='crm_mon -1'
	@test -n '$(NODE)' || { echo 'Say which node, for example: make ssh NODE=node1' >&2; exit 64; }
	@test -f '$(LAB)/ssh_config' || { echo 'No lab of topology $(TOPOLOGY) is up: make up' >&2; exit 69; }
	@ssh -F '$(LAB)/ssh_config' '$(NODE)' $(if $(value CMD),"$$CMD")
export CMD

.PHONY: drill
drill: setup ## Run all drills of the topology, or one: DRILL=name
	$(call say,drills of $(TOPOLOGY)$(if $(DRILL),: $(DRILL)))
	$(PLAY) playbooks/drill.yml $(if $(DRILL),-e drill_only=$(DRILL))

.PHONY: readmit
readmit: setup ## Let a node that was fenced carry resources again: NODE=node1
	@test -n '$(NODE)' || { echo 'Say which node, for example: make readmit NODE=node1' >&2; exit 64; }
	$(PLAY) playbooks/readmit.yml -e readmit_node=$(NODE)

.PHONY: standby
standby: setup ## Free a node of resources; readmit takes it back: NODE=node1
	@test -n '$(NODE)' || { echo 'Say which node, for example: make standby NODE=node1' >&2; exit 64; }
	$(PLAY) playbooks/standby.yml -e standby_node=$(NODE)

.PHONY: move
move: setup ## Move a resource or a group: RESOURCE=web NODE=node2
	@test -n '$(RESOURCE)' -a -n '$(NODE)' || { echo 'Say what and where, for example: make move RESOURCE=web NODE=node2' >&2; exit 64; }
	$(PLAY) playbooks/move.yml -e move_resource=$(RESOURCE) -e move_to=$(NODE)

# The file is encrypted with a vault password: PASSWORD=FILE, or what ANSIBLE_VAULT_PASSWORD_FILE names; else it is asked for.
VAULT = $(if $(PASSWORD),--vault-password-file='$(PASSWORD)',$(if $(ANSIBLE_VAULT_PASSWORD_FILE),,--ask-vault-pass))
.PHONY: backup
backup: setup ## Write what makes the nodes a cluster into one encrypted file: [PASSWORD=FILE] [FILE=backup.vault]
	$(PLAY) $(VAULT) playbooks/backup.yml $(if $(FILE),-e backup_file='$(abspath $(FILE))')

.PHONY: restore
restore: setup ## Bring a backup back onto nodes that have nothing of a cluster: FILE=backup.vault [PASSWORD=FILE]
	@test -n '$(FILE)' || { echo 'Say which backup, for example: make restore FILE=backup.vault' >&2; exit 64; }
	$(PLAY) $(VAULT) playbooks/restore.yml -e restore_file='$(abspath $(FILE))'

.PHONY: cold-start
cold-start: setup ## Start a cluster all of whose nodes were off
	$(PLAY) playbooks/cold_start.yml

.PHONY: down
down: setup ## Remove every container, network, process and mount of the lab
	$(call say,removing the lab $(TOPOLOGY))
	$(PLAY) playbooks/lab_down.yml

.PHONY: clean
clean: down ## The same, and the caches: node images, virtual environment, build/
	$(PLAY) playbooks/lab_clean.yml
	rm -rf '$(VENV)' '$(ROOT)/.cache' '$(ROOT)/.ansible' '$(ROOT)/.hypothesis' '$(ROOT)/.pytest_cache' '$(ROOT)/build'

# --- what a contributor needs ---

.PHONY: test
test: setup ## Run every test: lint, unit, sanity and all scenarios
	$(call say,side by side: lint / unit tests / node images and then scenario reuse)
	@$(MAKE) --jobs=3 beside-lint beside-unit beside-reuse
	$(call say,side by side: ansible-test sanity / scenario failover on debian13)
	@$(MAKE) --jobs=2 beside-sanity beside-failover
	$(call say,scenario failover on debian12)
	@$(MAKE) scenario TOPOLOGY=failover OS=debian12
	$(call say,scenario webfarm on debian13)
	@$(MAKE) scenario TOPOLOGY=webfarm OS=debian13
	$(call say,scenario webfarm on debian12)
	@$(MAKE) scenario TOPOLOGY=webfarm OS=debian12
	$(call say,scenario webfarm_ipvs on debian13)
	@$(MAKE) scenario TOPOLOGY=webfarm_ipvs OS=debian13
	$(call say,scenario single_node on debian13)
	@$(MAKE) scenario TOPOLOGY=single_node OS=debian13
	$(call say,all tests passed)

# These have no limits in seconds, so they may share the processors. Each line says whose it is. The images come first, since
# they take longest and the scenarios wait for them. Sanity stands beside the first minutes of scenario failover, which mostly
# waits then; its drills, which have limits, come later.
beside-%: setup
	@printf '%(%H:%M:%S)T begins\n' -1 | sed 's/^/$*: /'
	@$(NICE) $(MAKE) $* 2>&1 | sed --unbuffered 's/^/$*: /'
	@printf '%(%H:%M:%S)T has passed\n' -1 | sed 's/^/$*: /'
beside-lint beside-unit beside-sanity: NICE = nice
beside-reuse: beside-images

.PHONY: failover
failover:
	@$(MAKE) scenario TOPOLOGY=failover OS=debian13

.PHONY: reuse
reuse: ## Scenario reuse: one role of the installed collection alone
	@$(MAKE) scenario TOPOLOGY=reuse OS=debian13

.PHONY: lint
lint: setup ## ansible-lint (production), yamllint, changelog
	yamllint --strict .
	ansible-lint --offline
	antsibull-changelog lint

# A file goes to one worker: what its tests share is made once.
.PHONY: unit
unit: setup ## Parsers, planners, modules, contracts, refusals
	$(PLAIN) PYTHONPATH='$(COLLECTIONS)' pytest -q -n 2 --dist loadfile tests/unit

.PHONY: sanity
sanity: setup ## ansible-test sanity on a copy of the collection
	tests/sanity/run.sh

.PHONY: scenario
scenario: setup ## One Molecule scenario: TOPOLOGY=failover [OS=debian12]
	@! pgrep -f '/bmc\.py .* serve$$' >/dev/null || { echo 'A lab is up, and a scenario would take its place: make down' >&2; exit 75; }
	@mkdir -p build
	@HALAB_DEPTH=$(if $(filter debian13,$(OS)),full,short) \
		HALAB_FIRST_DRILL_ONLY=$(if $(filter debian13,$(OS)),false,true) molecule test -s $(TOPOLOGY) 2>&1 \
		| tee build/scenario-$(TOPOLOGY)-$(OS).log || { \
			echo 'The scenario failed; removing what it left'; $(MAKE) down TOPOLOGY=$(if $(filter reuse,$(TOPOLOGY)),failover,$(TOPOLOGY)); \
			echo 'What failed, from build/scenario-$(TOPOLOGY)-$(OS).log:'; \
			grep -hE -A6 'fatal: |^FAILED |^E  ' build/scenario-$(TOPOLOGY)-$(OS).log | cut -c -300 | tail -15; exit 1; }

.PHONY: images
images: image-debian12 image-vm ## Build the node images that the scenarios need (building a lab builds its own)

# The first one installs the engine, which all need.
.PHONY: image-debian13 image-debian12 image-vm
image-debian12 image-vm: image-debian13
image-debian13: setup
	ansible-playbook -i inventories/failover -e lab_os=debian13 playbooks/lab_image.yml
image-debian12:
	ansible-playbook -i inventories/failover -e lab_os=debian12 playbooks/lab_image.yml
image-vm:
	ansible-playbook -i inventories/single_node -e lab_os=debian13 playbooks/lab_image.yml

# The lab is removed however the tests end; the image stays, for the next time.
.PHONY: cloud-image-test
cloud-image-test: setup ## A VM of a user's own cloud image: built, booted, looked at, power cut, removed
	$(call say,building a cloud image of $(OS))
	tests/cloud_image/build.sh '$(OS)' "$$HOME/.cache/halab/images/cloud-$(OS).qcow2" '$(MIRROR)'
	$(call say,a VM of it)
	@play='ansible-playbook -i tests/cloud_image/hosts.yml -e lab_os=$(OS)'; trap "$$play playbooks/lab_down.yml" EXIT; \
		$$play playbooks/lab_up.yml && pytest -v tests/cloud_image

.PHONY: combinations
combinations: setup ## Topology webfarm_ipvs in all nine ways, each built, verified, drilled (hours): [ONLY="ipvsadm_gate ..."]
	@tests/combinations.sh $(ONLY)

.PHONY: bench
bench: setup ## Measure a run against a plain shell script, and haproxy against a minimal one
	$(call say,benchmarks)
	$(PLAIN) PYTHONPATH='$(COLLECTIONS)' python benchmarks/run.py

# Apart from make bench, which takes long enough as it is. One round only.
.PHONY: bench-large
bench-large: setup ## Measure a run on 12 and on 16 nodes against a plain shell script
	$(call say,12 and 16 nodes)
	$(PLAIN) PYTHONPATH='$(COLLECTIONS)' python benchmarks/run.py --nodes 12,16 --rounds 1 --no-throughput --output build/bench-large.json

.PHONY: bench-vms
bench-vms: setup ## Measure how long three VMs take to boot, and on what
	$(call say,three VMs on $(OS))
	PYTHONPATH='$(COLLECTIONS)' python benchmarks/vms.py

.PHONY: readmes
readmes: setup ## Write every role's README from its argument_specs
	python docs/generate_role_readmes.py

.PHONY: setup
setup: $(VENV)/requirements.txt $(LINK) ## Make the virtual environment (all other targets do this by themselves)

# The copy of requirements.txt inside the environment says what is installed there: it is remade only when they differ.
$(VENV)/requirements.txt: requirements.txt
	@if cmp -s $< $@ && python -c 'import ansible'; then touch $@; else $(MAKE) environment; fi

.PHONY: environment
environment:
	$(call say,making the virtual environment (about a minute))
	@if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then \
		echo 'installing python3-venv'; \
		$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; \
	fi
	@PATH="$${PATH#$(VENV)/bin:}" python3 -m venv '$(VENV)'
	@pip install --quiet --disable-pip-version-check -r requirements.txt
	@cp requirements.txt '$(VENV)/requirements.txt'

$(LINK):
	@mkdir -p '$(@D)'
	@ln -sfn ../../../.. '$@'
