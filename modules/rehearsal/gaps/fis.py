"""Fault Injection Service: experiments that do something. Who does it is in modules/rehearsal/faults."""

from typing import Any, Protocol

from moto.fis.models import Experiment, FISBackend, ResolvedTarget

from modules.rehearsal.gaps.patching import Method, wrap


class Run(Protocol):
    """An experiment that is carried out."""

    state: dict[str, Any]
    resolved: dict[str, list[str]]

    @property
    def status(self) -> str: ...

    def ask_to_stop(self) -> None: ...


class Experiments(Protocol):
    """The part of the data plane that carries experiments out; called while the control plane is locked."""

    def begin(self, experiment: Any, description: str) -> Run: ...


experiments: Experiments | None = None
"""Set by the data plane as long as it runs; without one, an experiment is what moto makes of it."""


def install() -> None:
    wrap(FISBackend, "start_experiment", carry_an_experiment_out)
    wrap(FISBackend, "stop_experiment", stop_an_experiment)
    wrap(Experiment, "_sync_state", have_the_state_of_what_happens)
    wrap(Experiment, "to_dict", show_what_happens)
    wrap(Experiment, "to_summary_dict", show_what_happens)
    wrap(Experiment, "resolved_targets", know_the_targets_that_were_found)


def carry_an_experiment_out(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS does what the template says; moto moves an experiment on whenever somebody asks for it."""
    told = original(backend, *arguments, **named)
    experiment = backend.experiments[told["id"]]
    # The same client token names the same experiment.
    if experiments is not None and _run_of(experiment) is None:
        template = backend.experiment_templates[experiment.experiment_template_id]
        experiment.run = experiments.begin(experiment, template.description)
    return experiment.to_dict(tags=backend.tagger.get_tag_dict_for_resource(experiment.arn))


def stop_an_experiment(original: Method, backend: Any, id: str) -> Any:
    """AWS undoes what the experiment did, then calls it stopped."""
    experiment = backend.experiments.get(id)
    if experiment is not None and (run := _run_of(experiment)):
        run.ask_to_stop()
    return original(backend, id)


def have_the_state_of_what_happens(original: Method, experiment: Any) -> Any:
    run = _run_of(experiment)
    return run.status if run else original(experiment)


def show_what_happens(original: Method, experiment: Any, tags: dict[str, str] | None = None) -> Any:
    """AWS says why an experiment is in its state; moto has one sentence for each state."""
    told = original(experiment, tags)
    run = _run_of(experiment)
    return told | {"state": run.state} if run else told


def know_the_targets_that_were_found(original: Method, experiment: Any) -> Any:
    """AWS resolves tags, parameters, filters and selection modes; moto knows ARNs alone."""
    run = _run_of(experiment)
    if run is None:
        return original(experiment)
    return [
        ResolvedTarget(experiment.targets[name]["resourceType"], name, arn)
        for name, arns in run.resolved.items()
        for arn in arns
    ]


def _run_of(experiment: Any) -> Run | None:
    run: Run | None = getattr(experiment, "run", None)
    return run
