"""Mistakes on the command line: each is one clear error that names the key, and nothing is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

import runners
from runners.cells.execution import run_cell
from tests.conftest import Compose
from tests.crossing import one_in
from tests.runners.forked import command

SMALL = ["data._target_=tests.conftest.stripes", "runner.steps=4", "runner.evaluate_every=4"]
SMALL += ["runner.batch_size=20", "runner.bound_samples=2"]

WHOLE = "an integer is needed"
FINITE = "a finite number is needed"

WORDS = {
    # unknown names
    "estimator=gumble": "estimator=gumble: there is no such option. Did you mean gumbel_rao? Valid: argmax",
    "estimator=concrete": "estimator=concrete: it is called gumbel_softmax here, see docs/estimators.md",
    "task=vae_bernouli": "task=vae_bernouli: there is no such option. Did you mean vae_bernoulli? Valid: ",
    "data=mnist4k": "data=mnist4k: there is no such option. Did you mean mnist5k? Valid: ",
    "optimizer=adamm": "optimizer=adamm: there is no such option. Did you mean adam? Valid: adam, ",
    "runner=trian": "runner=trian: there is no such option. Did you mean train? Valid: ",
    "experiment=nothing": "experiment=nothing: there is no such option. Valid: ",
    "runner.stepz=3": "runner.stepz: there is no such key. Did you mean steps? Valid: ",
    "sead=3": "sead: there is no such key. Did you mean seed? Valid: ",
    "estimator.temprature=1": "estimator.temprature: there is no such key. Did you mean temperature? Valid: ",
    "task.latent.k=3": "task.latent.k: there is no such key. Valid: _target_, family, n",
    "estimator={_target_:nothing.Here}": "estimator._target_=nothing.Here: cannot be imported",
    "estimator={_target_:estimators.score_function.Reinforc}": "module estimators.score_function has no Reinforc",
    "estimator={_target_:NoModule}": "estimator._target_=NoModule: cannot be imported",
    "estimator={_target_:torch.nn.ReLU}": "torch.nn.ReLU: not a subclass of estimators.estimator.Estimator",
    "task={_target_:torch.nn.ReLU}": "task._target_=torch.nn.ReLU: not a subclass of tasks.task.Task",
    "data=own_images": "data.path: a value is needed, data.path=...",
    "~task.latent": "task.latent: a value is needed",
    "names=null": "names=null: text for each of estimator, task, data, of at most",
    "+bogus=1": "bogus: there is no such key. Valid: auxiliary_optimizer, data, device,",
    "+estimator.bogus=1": "estimator.bogus: estimators.relaxation.GumbelSoftmax has no such argument",
    "+task.latent.bogus=1": "task.latent.bogus: estimators.Latent has no such argument",
    "+runner.bogus=1": "runner.bogus: runners.train.train has no such argument",
    "+estimator._bogus=1": "estimator._bogus: estimators.relaxation.GumbelSoftmax has no such argument",
    "+task.latent._args_=[1]": "task.latent._args_: estimators.Latent has no such argument",
    "~runner.steps": "runner.steps: a value is needed",
    "estimator={_target_:estimators.Estimator}": "estimator._target_=estimators.Estimator: an abstract class",
    "output=": "output=: the name of a folder is needed",
    "estimator=null": "estimator=null: the name of an option is needed",
    "task/reconstruction=5": "task/reconstruction=5: the name of an option is needed",
    "output=é": "output=é: this cannot be read. Text with special characters needs quotes: \"output='...'\"",
}
"""What cannot be composed, or has a key that nothing takes."""

VALUES = {
    "task.reconstruction=bernoulli": "an option is chosen with task/reconstruction=bernoulli",
    "task.latent.family=gaussian": "task.latent.family=gaussian: choose one of bernoulli, categorical",
    "task.activation=sine": "task.activation='sine': choose one of leaky_relu, leaky_relu_0.2, relu, softplus, tanh",
    "task.prior=improper": "task.prior=improper: choose one of learned, uniform",
    "task.kl=numeric": "task.kl=numeric: choose one of analytic, sampled",
    "data.binarisation=grey": "data.binarisation=grey: choose one of fixed, dynamic, threshold, none",
    "runner.steps=abc": "runner.steps=abc: an integer of at least 1 is needed",
    "runner.steps=1.5": "runner.steps=1.5: an integer of at least 1 is needed",
    "task.latent.n=many": f"task.latent.n=many: {WHOLE}",
    "task.latent.n=2.5": f"task.latent.n=2.5: {WHOLE}",
    "task.layers=1.5": f"task.layers=1.5: {WHOLE}",
    "task.hidden=wide": "task.hidden=wide: a list, each of whose entries is an integer, is needed",
    "estimator.temperature=hot": f"estimator.temperature=hot: {FINITE}",
    "optimizer.lr=abc": f"optimizer.lr=abc: {FINITE}",
    "seed=abc": "seed=abc: an integer of at least 0 is needed",
    "threads=two": "threads=two: an integer from 1 to 1024 is needed",
    "runner.retry=perhaps": "runner.retry=perhaps: true or false is needed",
    "runner.steps=-5": "runner.steps=-5: an integer of at least 1 is needed",
    "runner.bound_samples=0": "runner.bound_samples=0: an integer of at least 1 is needed",
    "runner.evaluate_every=0": "runner.evaluate_every=0: an integer of at least 1 is needed",
    "runner.checkpoint_every=-1": "runner.checkpoint_every=-1: an integer of at least 1 is needed",
    "runner.batch_size=0": "runner.batch_size=0: an integer of at least 1 is needed",
    "runner.batch_size=100000": "runner.batch_size=100000: choose 1 to 240, the size of the training set",
    "runner.timeout=-1": "runner.timeout=-1: a positive number of at most 3e+08 seconds or null is needed",
    "runner.attempts=0": "runner.attempts=0: an integer of at least 1 is needed",
    "estimator.temperature=0": "estimator.temperature=0: ",
    "estimator.temperature=-1": "estimator.temperature=-1: ",
    "estimator.temperature=nan": f"estimator.temperature=nan: {FINITE}",
    "optimizer.lr=nan": f"optimizer.lr=nan: {FINITE}",
    "optimizer.lr=inf": f"optimizer.lr=inf: {FINITE}",
    "optimizer.lr=-1": "optimizer.lr=-1: a number from 0 to 1e+20 is needed",
    "optimizer.betas=[0.9]": "optimizer.betas=[0.9]: a list of 2, each of whose entries is a finite number, is needed",
    "optimizer.lr={_target_:torch.nn.ReLU}": "optimizer.lr._target_=torch.nn.ReLU: not a subclass of torch.Tensor",
    "optimizer.betas=[2,3]": "optimizer.betas=2: Invalid beta parameter",
    "estimator.temperature.rate=-1": "estimator.temperature.rate=-1: a positive number is needed",
    "task.latent.n=0": "task.latent.n=0: an integer of at least 1 is needed",
    "task.latent.n=-3": "task.latent.n=-3: an integer of at least 1 is needed",
    "task.layers=0": "task.layers=0: 1 to 50 stochastic layers are possible",
    "task.layers=100000": "task.layers=100000: 1 to 50 stochastic layers are possible",
    "task=sbn_bernoulli task.layers=100000": "task.layers=100000: 1 to 50 stochastic layers are possible",
    "task.hidden=[0]": "task.hidden=[0]: every hidden layer needs at least 1 unit",
    "seed=-1": "seed=-1: an integer of at least 0 is needed",
    "threads=0": "threads=0: an integer from 1 to 1024 is needed",
    "device=gpu": "device=gpu: choose cpu, cuda or cuda:0, cuda:1, ...",
    "runner=probe runner.stages=[]": "runner.stages=[]: at least one number of steps, from 0 on, is needed",
    "runner=probe runner.stages=[-1]": "runner.stages=[-1]: at least one number of steps, from 0 on, is needed",
    "runner=probe runner.images=0": "runner.images=0: an integer of at least 1 is needed",
    "runner=scaling runner.batch_size=0": "runner.batch_size=0: an integer of at least 1 is needed",
    "runner=probe runner.temperatures=[1,0]": "each of whose entries is a positive number, is needed",
    "runner=probe runner.adaptation_steps=-1": "runner.adaptation_steps=-1: an integer of at least 0 is needed",
    "runner=toy task=toy runner.evaluate_every=0": "runner.evaluate_every=0: an integer of at least 1 is needed",
    "runner=scaling runner.values=[]": "runner.values=[]: list at least one, in ascending order, each once",
    "device=meta": "device=meta: choose cpu, cuda or cuda:0, cuda:1, ...",
    "names.estimator=": "names={'estimator': '', 'task': 'vae_bernoulli', 'data': 'mnist5k-dynamic'}: text for each",
    f"names.task={'x' * 101}": "of at most 100 characters, is needed",
    "data._target_=builtins.dict": "data._target_=builtins.dict: it gives dict, not tasks.datasets.Dataset",
    "optimizer.betas=[1,1]": "optimizer.betas=1: Invalid beta parameter",
    "optimizer.betas=[0,0]": "optimizer.betas=[0, 0]: betas must be either both floats or both Tensors",
    "estimator=gumbel_rao estimator.temperature=null": f"estimator.temperature=null: {FINITE}",
    "estimator=mve estimator.weight.start=1e-45": "estimator.weight: its schedule gives 1.0000000000000036e-45 at",
    "data=own_images data._target_=tasks.own_images.own_images data.path=/no/such.npz": "data.path=/no/such.npz: it",
    "task.latent.n=4611686018427387904": "task.latent.n=4611686018427387904: an integer of at most 1099511627776",
    "task.hidden=[4611686018427387904]": "task.hidden=[4611686018427387904]: an integer of at most 1099511627776",
    "estimator=rloo estimator.samples=1": "estimator.samples=1: an integer of at least 2 is needed",
    "estimator=nvil estimator.decay=2": "estimator.decay=2 must lie in [0, 1)",
    "estimator=nvil estimator.hidden=0": "estimator.hidden=0: an integer of at least 1 is needed",
    "estimator=enumeration estimator.max_configurations=0": "estimator.max_configurations=0: an integer",
    "estimator=rebar estimator.temperature=-1": "estimator.temperature=-1: a number of at least 0.0001 is needed",
    "task=semi_supervised task.networks.hidden=[]": "task.networks.hidden=[]: at least one hidden layer",
    "task/reconstruction=gaussian task.reconstruction.scale=0": "task.reconstruction.scale=0: it must be a positive",
    "task=vae_categorical task.latent.k=1": "task.latent.k=1: an integer of at least 2 is needed",
    "task=semi_supervised task.alpha=-1": "task.alpha=-1: it must be a number of at least 0",
    "estimator.temperature.start=inf": "estimator.temperature.start=inf: a finite number is needed",
    "task.layers={a:1}": f"task.layers={{'a': 1}}: {WHOLE}",
    "task.latent.n={a:1}": f"task.latent.n={{'a': 1}}: {WHOLE}",
    "data.binarisation=[]": "data.binarisation=[]: choose one of fixed, dynamic, threshold, none",
    "seed=9223372036854775808": "seed=9223372036854775808: an integer of at most 9223372036854775807 is needed",
    "seed=1180591620717411303424": "seed=1180591620717411303424: an integer of at most 9223372036854775807 is needed",
    "runner.attempts=true": "runner.attempts=True: an integer of at least 1 is needed",
    "runner.steps=1180591620717411303424": "runner.steps=1180591620717411303424: an integer of at most 1099511627776",
    "estimator.temperature=1e308": "estimator.temperature=1e+308: numbers of at most 3.4e+38 are needed",
    "threads=100000": "threads=100000: an integer from 1 to 1024 is needed",
    "runner.timeout=1e10": "runner.timeout=10000000000.0: a positive number of at most 3e+08 seconds or null is needed",
    "optimizer=sgd optimizer.momentum=5": "optimizer.momentum=5: a number from 0 to 1 is needed",
    "optimizer.lr=1e30": "optimizer.lr=1e+30: a number from 0 to 1e+20 is needed",
    "estimator.temperature.floor=2": "estimator.temperature.floor=2: it must be at most the start, 1.0",
}
"""What does not fit in its place."""

COMMANDS = {
    "estimator": "error: estimator: KEY=VALUE is needed",
    "hydra.sweeper.grids=[{estimator:[1,2]}] -m": "error: estimator=[1,2]: the name of an option is needed",
    "estimator=null": "estimator=null: the name of an option is needed",
    "runner=5": "runner=5: the name of an option is needed",
    "task/reconstruction=null": "task/reconstruction=null: the name of an option is needed",
    "optimizer@auxiliary_optimizer=5 -m": "optimizer@auxiliary_optimizer=5: the name of an option is needed",
    "task=[1]": "task=[1]: the name of an option is needed",
    "experiment=[smoke,quick]": "experiment=[smoke,quick]: the name of an option is needed",
    "hydra.sweeper.params=5 -m": "hydra.sweeper.params=5: a mapping of keys to values is needed",
    "hydra.sweeper.grids=5 -m": "hydra.sweeper.grids=5: a list of mappings of keys to values is needed",
    "hydra/launcher=joblib hydra.launcher.n_jobs=x -m": "hydra.launcher.n_jobs: Value 'x' of type 'str' could not be",
    "hydra.sweeper=null -m": "Hydra sweeper is not configured",
    "estimator=nvil,darn": "add --multirun",
    "experiment=smoke,quick -m": "experiment=smoke,quick: one experiment at a time",
    "output=null": "output=null: text is needed",
    "output=''": "output='': the name of a folder is needed",
    "seed=${nothing}": "seed: Interpolation key 'nothing' not found",
    "optimizer.lr=${oc.env:NOTHING}": "optimizer.lr: Environment variable 'NOTHING' not found",
    "output=${nothing}": "error: output: Interpolation key 'nothing' not found",
    "output=${oc.env:NOTHING} -m": "error: output: Environment variable 'NOTHING' not found",
    "output=/dev/null/cells": "error: output: [Errno 20] Not a directory: '/dev/null/cells'",
    "output=/proc/cells": "error: output: [Errno 2] No such file or directory: '/proc/cells'",
    "estimator=gumble": WORDS["estimator=gumble"],
    "+estimator.bogus=1": WORDS["+estimator.bogus=1"],
    "runner.steps=abc": VALUES["runner.steps=abc"],
    "task.latent.n=0": VALUES["task.latent.n=0"],
}
"""What the command itself refuses, and some of each other kind."""


@pytest.mark.parametrize("overrides", one_in(2, WORDS))
def test_words_that_cannot_be_composed_are_one_line_that_names_the_key(tmp_path: Path, overrides: str):
    with pytest.raises(ValueError, match=r"^.+$") as caught:
        runners.compose(*SMALL, f"output={tmp_path / 'out'}", *overrides.split())
    assert WORDS[overrides] in str(caught.value)


@pytest.mark.parametrize("overrides", one_in(2, VALUES))
def test_a_value_that_does_not_fit_is_one_line_that_names_the_key_and_leaves_no_cell(
    compose_cell: Compose, overrides: str
):
    config = compose_cell(*overrides.split())
    _, ending = run_cell(config, overrides.split())
    assert ending.status == "failed"
    assert VALUES[overrides] in str(ending)
    assert len(str(ending).splitlines()) == 1
    left = [path for path in Path(config.output).glob("*/") if not path.name.startswith(".")]
    assert not left, "a mistake leaves no cell behind"
    assert ending.folder == config.output


@pytest.mark.parametrize("overrides", one_in(4, COMMANDS))
def test_a_command_with_a_mistake_ends_with_1_and_one_line(tmp_path: Path, overrides: str):
    ended = command(*SMALL, f"output={tmp_path / 'out'}", *overrides.split(), folder=tmp_path)
    printed = ended.stdout + ended.stderr
    assert ended.returncode == 1, printed
    assert COMMANDS[overrides] in printed
    assert "Traceback" not in printed
    assert len(printed.strip().splitlines()) == 1, printed
    left = [path for path in tmp_path.glob("out/*/") if not path.name.startswith(".")]
    assert not left, "a mistake leaves no cell behind"


def test_an_estimator_of_the_wrong_family_is_skipped_with_the_reason(tmp_path: Path):
    arguments = ["estimator=disarm", "task=vae_categorical", f"output={tmp_path / 'out'}"]
    ended = command(*SMALL, *arguments, folder=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.startswith("skipped ")
    assert "DisARM exists for bernoulli latents only" in ended.stdout


def test_a_cell_with_a_mistake_leaves_nothing_that_the_right_one_would_trip_over(tmp_path: Path):
    output = f"output={tmp_path / 'out'}"
    assert command(*SMALL, output, "device=gpu", folder=tmp_path).returncode == 1
    ended = command(*SMALL, output, folder=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.startswith("done ")
