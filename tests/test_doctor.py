"""The doctor: for each finding a program with the mistake, where it is found, and one without."""

import random
import warnings

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn, optim
from minitorch.inspect import doctor, leaks
from minitorch.inspect.diagnosis import CHECKS
from minitorch.nn import functional as F
from minitorch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset

RNG = np.random.default_rng(0)


def blobs(n=96, classes=3):
    """Points around a centre for each class, standardised."""
    y = RNG.integers(0, classes, n)
    x = (RNG.normal(size=(classes, 4)) * 2)[y] + RNG.normal(size=(n, 4))
    x = (x - x.mean(0)) / x.std(0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def mlp(outputs=3, hidden=16, inputs=4):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def examined(model, loss_fn=None, batch=None, optimizer=None, **options):
    return doctor(model, loss_fn, blobs() if batch is None else batch, optimizer, **options)


def watched(loop, model, loss_fn=None, optimizer=None):
    """The diagnosis of a loop, which may end in an error."""
    diagnosis = doctor(model, loss_fn, optimizer=optimizer, report=False)
    try:
        with diagnosis, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loop()
    except RuntimeError:
        assert diagnosis.errors
    return diagnosis


class Classes:
    """A classification to be watched: `steps` ordinary updates, with something left out."""

    def __init__(self, model=None, lr=0.05, **optimizer):
        self.x, self.y = blobs()
        self.model = mlp() if model is None else model
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = optim.SGD(self.model.parameters(), lr=lr, **optimizer)

    def loss(self):
        return self.loss_fn(self.model(self.x), self.y)

    def train(self, steps=5, zero=True, backward=True, step=True, after=lambda: None):
        for _ in range(steps):
            loss = self.loss()
            if zero:
                self.optimizer.zero_grad()
            if backward:
                loss.backward()
            after()
            if step:
                self.optimizer.step()

    def watched(self, *args, **options):
        return watched(
            lambda: self.train(*args, **options), self.model, self.loss_fn, self.optimizer
        )


# -- each finding: a function of whether the mistake is made, and what must be in the finding ------

PROGRAMS = {}


def program(name, *texts, place="", severity=None):
    """Enter a program that makes the mistake if it is told so."""

    def enter(function):
        label = f"{name}-{function.__name__}"
        PROGRAMS[label] = name, texts, place, severity, function
        return function

    return enter


@program("zero_grad_forgotten", "gradients of 4 parameters", "5 steps", "zero_grad()")
def forgotten(bad):
    return Classes().watched(zero=not bad)


@program("zero_grad_forgotten", "summed over 3 steps")
def forgotten_with_a_function_as_loss(bad):
    training = Classes()

    def loop():
        for _ in range(3):
            F.cross_entropy(training.model(training.x), training.y).backward()
            training.optimizer.step()
            if not bad:
                training.model.zero_grad()

    return watched(loop, training.model)


@program("step_without_backward", "5 of 5 steps no parameter had a gradient", "loss.backward()")
def never_backward(bad):
    return Classes().watched(backward=not bad)


@program("step_without_backward", "zero_grad() was called between")
def cleared_too_late(bad):
    training = Classes()
    return training.watched(after=training.optimizer.zero_grad if bad else lambda: None)


@program("step_without_backward", "gradients of the step before")
def two_steps_for_one_backward(bad):
    training = Classes()
    return training.watched(after=training.optimizer.step) if bad else training.watched()


@program("backward_without_step", "5 backward passes", "optimizer.step()")
def never_stepped(bad):
    return Classes().watched(step=not bad)


class Hidden(nn.Module):
    def __init__(self, plain, tensor=False):
        super().__init__()
        layers = [nn.Linear(4, 8), nn.Linear(8, 8)]
        self.layers = layers if plain else nn.ModuleList(layers)
        self.out = nn.Linear(8, 3)
        scale = torch.ones(8, requires_grad=True)
        self.scale = scale if tensor else nn.Parameter(scale.detach())

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.out(x * self.scale)


@program("hidden_layers", "4 parameters of 2 layers", "nn.ModuleList", place="layers[0], layers[1]")
def layers_in_a_list(bad):
    return examined(Hidden(plain=bad), nn.CrossEntropyLoss())


@program("hidden_layers", place="layers['a'][1]")
def layers_in_a_dict_of_tuples(bad):
    model = mlp()
    if bad:
        model.layers = {"a": (nn.ReLU(), nn.Linear(2, 2))}
    return doctor(model)


@program("hidden_tensors", "shape (8,)", "nn.Parameter", place="scale")
def tensor_that_is_no_parameter(bad):
    return doctor(Hidden(plain=False, tensor=bad))


@program("wrong_optimizer", "none is a parameter of the model")
def optimizer_of_an_older_model(bad):
    model, older = mlp(), mlp()
    optimizer = optim.Adam((older if bad else model).parameters())
    return examined(model, nn.CrossEntropyLoss(), None, optimizer)


@program("wrong_optimizer", "2.weight", "replaced after it", place="2.weight, 2.bias")
def layer_replaced_after_the_optimizer(bad):
    model = mlp()
    optimizer = optim.Adam(model.parameters())
    if bad:
        model[2] = nn.Linear(16, 3)
    return doctor(model, optimizer=optimizer)


@program("wrong_optimizer", "5 steps were made by optimizers that hold none")
def loop_with_the_optimizer_of_another(bad):
    training = Classes()
    if bad:
        training.optimizer = optim.SGD(mlp().parameters(), lr=0.1)
        for group in training.optimizer.param_groups:
            for p in group["params"]:
                p.grad = torch.ones_like(p)
    return watched(lambda: training.train(5), training.model, training.loss_fn)


@program("not_in_optimizer", "2 of 4 trainable", place="0.weight, 0.bias")
def first_layer_not_in_the_optimizer(bad):
    model = mlp()
    optimizer = optim.Adam((model[2] if bad else model).parameters())
    return doctor(model, optimizer=optimizer)


@program("optimizer_duplicates", "listed more than once", place="0.weight")
def a_weight_listed_twice(bad):
    model = mlp()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        extra = [model[0].weight] if bad else []
        optimizer = optim.SGD([*model.parameters(), *extra], lr=0.1)
    return doctor(model, optimizer=optimizer)


@program("all_frozen", "all 4 parameters")
def everything_frozen(bad):
    return examined(mlp().requires_grad_(not bad), nn.CrossEntropyLoss())


class Branches(nn.Module):
    def __init__(self, cut):
        super().__init__()
        self.a, self.b, self.cut = nn.Linear(4, 8), nn.Linear(8, 3), cut

    def forward(self, x):
        h = torch.relu(self.a(x))
        return self.b(h.detach() if self.cut else h)


@program("no_gradient", "2 of 4 trainable", "1 backward pass;", place="a.weight, a.bias")
def detached_in_the_middle(bad):
    return examined(Branches(bad), nn.CrossEntropyLoss())


@program("no_gradient", "5 backward passes", place="a.weight, a.bias")
def detached_in_a_loop(bad):
    return Classes(Branches(bad)).watched()


def evaluated(model, evaluation):
    training = Classes(model)

    def loop():
        model.train()
        training.train(3)
        evaluation()
        with torch.no_grad():
            training.loss()

    return watched(loop, model, training.loss_fn, training.optimizer)


def with_dropout():
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3))


@program("eval_forgotten", "1 of 1 evaluations", "model.eval()", place="2 (Dropout)")
def eval_not_called(bad):
    model = with_dropout()
    return evaluated(model, (lambda: None) if bad else model.eval)


@program("train_forgotten", "3 of 6 backward passes", "model.train()", place="2 (Dropout)")
def train_not_called_again(bad):
    training = Classes(with_dropout())

    def loop():
        for _ in range(2):
            if not bad:
                training.model.train()
            training.train(3)
            training.model.eval()

    return watched(loop, training.model, training.loss_fn, training.optimizer)


@program("initial_loss", "equal scores for all 3 classes give 1.1 (ln 3)")
def logits_a_hundredfold(bad):
    model = mlp()
    with torch.no_grad():
        model[2].weight *= 100 if bad else 1
    return examined(model, nn.CrossEntropyLoss())


@program("initial_loss", "equal scores for all 2 classes give 0.693 (ln 2)")
def binary_logits_a_hundredfold(bad):
    x, y = blobs(classes=2)
    model = mlp(1)
    with torch.no_grad():
        model[2].weight *= 100 if bad else 1
    return examined(model, nn.BCEWithLogitsLoss(), (x, y.float().unsqueeze(1)))


@program("initial_loss", "to predict the mean of the targets", "standardise the targets")
def targets_far_off(bad):
    x, _ = blobs()
    targets = x.sum(1, keepdim=True) + 1000 * bad
    return examined(mlp(1), nn.MSELoss(), (x, targets))


@program("initial_loss", "(ln 3)")
def initial_loss_of_a_loop_with_a_function(bad):
    training = Classes()
    training.loss_fn = F.cross_entropy
    with torch.no_grad():
        training.model[2].weight *= 100 if bad else 1
    return training.watched()


@program("dead_relu", "100% of its 16 units", place="1 (ReLU)", severity="error")
def dead_layer_in_evaluation_mode(bad):
    model = mlp().eval()
    with torch.no_grad():
        model[0].bias -= 100 * bad
    return examined(model, nn.CrossEntropyLoss())


@program("dead_relu", "100% of its 16 units", place="1 (ReLU)", severity="error")
def dead_layer(bad):
    model = mlp()
    with torch.no_grad():
        model[0].bias -= 100 * bad
    return examined(model, nn.CrossEntropyLoss())


class Functional(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.a, self.b = nn.Linear(4, 16), nn.Linear(16, 3)
        with torch.no_grad():
            self.a.bias -= bias

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


@program("dead_relu", "88% of its 16 units", place="1 (ReLU)", severity="note")
def layer_of_which_two_units_live(bad):
    model = mlp()
    with torch.no_grad():
        model[0].bias[2:] -= 100 * bad
        model[0].bias[:2] += 1
    return examined(model, nn.CrossEntropyLoss())


@program("dead_relu", "100% of its 16 units", place="return self.b(F.relu(self.a(x)))")
def dead_function_in_a_loop(bad):
    return Classes(Functional(100 * bad)).watched()


def deep(activation, layers=12):
    parts = [part for _ in range(layers) for part in (nn.Linear(16, 16), activation())]
    return nn.Sequential(nn.Linear(4, 16), activation(), *parts, nn.Linear(16, 3))


@program("vanishing_gradients", "from the first layer to the last", place="0.weight")
def twelve_sigmoids(bad):
    return examined(deep(nn.Sigmoid if bad else nn.ReLU, 12 if bad else 3), nn.CrossEntropyLoss())


@program("vanishing_gradients", "1 of 2 weights is exactly 0", place="0.weight")
def saturated(bad):
    model = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 3))
    with torch.no_grad():
        model[0].bias += 1000 * bad
    return examined(model, nn.CrossEntropyLoss())


class Recurrence(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.w, self.out = nn.Linear(4, 4, bias=False), nn.Linear(4, 3)
        with torch.no_grad():
            self.w.weight.copy_(torch.eye(4) * size)

    def forward(self, x):
        for _ in range(20):
            x = self.w(x)
        return self.out(torch.sin(x))


@program("exploding_gradients", "|g| =", "clip", place="w.weight")
def recurrence_that_grows(bad):
    return examined(Recurrence(2.5 if bad else 0.9), nn.CrossEntropyLoss())


def regression(lr, steps=30):
    x = torch.randn(64, 4)
    y = x @ torch.tensor([[1.0], [2.0], [-1.0], [0.5]])
    model, loss_fn = nn.Linear(4, 1), nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=lr)

    def loop():
        for _ in range(steps):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()

    return watched(loop, model, loss_fn, optimizer)


@program("learning_rate_too_large", "the loss went from", "(lr 2)", "divide it by 10")
def loss_that_diverges(bad):
    return regression(2.0 if bad else 0.05)


@program("learning_rate_too_small", "(lr 1e-07)", "lr_find")
def loss_that_does_not_move(bad):
    return regression(1e-7 if bad else 0.05)


@program("learning_rate_too_small", "within 30 steps it fell from", "once an epoch")
def rate_that_falls_at_each_step(bad):
    training = Classes(lr=0.1)
    schedule = optim.lr_scheduler.ExponentialLR(training.optimizer, 0.1 if bad else 0.97)
    return training.watched(30, after=schedule.step)


@program("equal_weights", "all 2 weights", "at random", place="0.weight, 2.weight")
def all_weights_of_one_number(bad):
    model = mlp()
    for p in model.parameters() if bad else model[2].parameters():
        nn.init.zeros_(p)
    return examined(model, nn.CrossEntropyLoss())


@program("no_activation", "one linear layer", place="0 (Linear) → 1 (Linear)", severity="note")
def two_linear_layers(bad):
    model = nn.Sequential(nn.Linear(4, 8), *([] if bad else [nn.ReLU()]), nn.Linear(8, 3))
    return examined(model, nn.CrossEntropyLoss())


@program("targets_out_of_reach", "ends in sigmoid", "0 … 1")
def sigmoid_for_targets_beyond_1(bad):
    model, x = nn.Sequential(mlp(1), nn.Sigmoid()), torch.randn(64, 4)
    target = x.sum(1, keepdim=True)
    return examined(model, nn.MSELoss(), (x, 3 * target if bad else target.sigmoid()))


@program("new_optimizers", "12 steps were made by 13 optimizers", "before the loop")
def optimizer_made_in_the_loop(bad):
    training = Classes(lr=0.01)
    training.optimizer = optim.Adam(training.model.parameters(), 0.01)

    def after():
        if bad:
            training.optimizer = optim.Adam(training.model.parameters(), 0.01)

    return training.watched(12, after=after)


def looped(model, loss_of, steps=12):
    optimizer = optim.SGD(model.parameters(), 0.1)
    with doctor(model, optimizer=optimizer, report=False) as found:
        for _ in range(steps):
            loss = loss_of()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return found


@program("activation_before_loss", "once more", place="sigmoid")
def sigmoid_twice_in_a_loop(bad):
    model, (x, y) = nn.Sequential(mlp(1), nn.Sigmoid()), blobs(classes=2)

    def loss_of():
        made = torch.sigmoid(model(x)) if bad else model(x)
        return nn.functional.binary_cross_entropy(made, y[:, None].float())

    return looped(model, loss_of)


@program("labels", "cannot be below 0", "0. and 1.")
def labels_of_both_signs_in_a_loop(bad):
    model, (x, y) = mlp(1), blobs(classes=2)
    target = 2 * y[:, None].float() - 1 if bad else y[:, None].float()
    bce = nn.functional.binary_cross_entropy_with_logits
    return looped(model, lambda: bce(model(x), target), 60)


@program("loss_detached", "a leaf of the graph", "argmax")
def a_leaf_for_a_loss(bad):
    model, (x, y) = mlp(), blobs()

    def loss_of():
        if bad:
            return (model(x).argmax(1) != y).float().mean().requires_grad_(True)
        return nn.functional.cross_entropy(model(x), y)

    return looped(model, loss_of)


@program("step_without_backward", "was never called")
def loop_of_another_model(bad):
    model, (x, y) = mlp(), blobs()
    other = mlp() if bad else model
    return looped(model, lambda: nn.functional.cross_entropy(other(x), y))


@program("loss_flat", "in 60 steps", "overfit=True")
def loss_that_stays(bad):
    x, y = torch.randn(256, 4), torch.randn(256, 1)
    model, loss_fn = nn.Linear(4, 1), nn.MSELoss()
    with torch.no_grad():
        model.weight.zero_()
        model.bias.zero_()
    optimizer = optim.SGD(model.parameters(), lr=0.001 if bad else 0.01)

    def loop():
        for i in range(60):
            part = slice(32 * (i % 8), 32 * (i % 8) + 32)
            optimizer.zero_grad()
            loss_fn(model(x[part]), y[part] if bad else x[part].sum(1, keepdim=True)).backward()
            optimizer.step()

    return watched(loop, model, loss_fn, optimizer)


@program("inputs_not_normalised", "bytes of images", "divide them by 255", place="0 (Linear)")
def bytes_as_inputs(bad):
    x = torch.tensor(RNG.integers(0, 256, (32, 4)), dtype=torch.float32)
    return examined(mlp(), nn.CrossEntropyLoss(), (x / (1 if bad else 255), torch.arange(32) % 3))


@program("inputs_not_normalised", "one feature varies")
def features_of_different_sizes(bad):
    x, y = blobs()
    scale = torch.tensor([1.0, 1.0, 1.0, 1e-4]) if bad else 1.0
    return examined(mlp(), nn.CrossEntropyLoss(), (x * scale, y))


@program("inputs_not_normalised", "mean 1e+03", place="0 (Linear)")
def inputs_far_from_0(bad):
    x, y = blobs()
    return examined(mlp(), nn.CrossEntropyLoss(), (x + 1000 * bad, y))


@program("loss_broadcasts", "(96, 1) met targets of shape (96,)", "squeeze(-1)")
def broadcast_in_the_loss(bad):
    x, _ = blobs()
    y = x.sum(1)
    return examined(mlp(1), nn.MSELoss(), (x, y if bad else y.unsqueeze(1)))


@program("loss_broadcasts", "(96, 1) met targets of shape (96,)", "9216 differences")
def broadcast_in_a_loss_by_hand(bad):
    training = Classes(mlp(1))
    training.y = training.x.sum(1)
    training.loss_fn = None
    training.loss = lambda: (
        ((training.model(training.x) if bad else training.model(training.x)[:, 0]) - training.y)
        .square()
        .mean()
    )
    return training.watched()


@program("activation_before_loss", "each row sums to 1", "logits", place="last operation: softmax")
def softmax_before_cross_entropy(bad):
    model = nn.Sequential(nn.Linear(4, 3), *([nn.Softmax(dim=1)] * bad))
    return examined(model, nn.CrossEntropyLoss())


@program("activation_before_loss", "probabilities", place="last operation: softmax")
def softmax_before_a_function_in_a_loop(bad):
    training = Classes(nn.Sequential(nn.Linear(4, 3), *([nn.Softmax(dim=1)] * bad)))
    training.loss_fn = F.cross_entropy
    return watched(training.train, training.model)


@program("activation_before_loss", "applies the sigmoid itself", place="last operation: sigmoid")
def sigmoid_before_bce_with_logits(bad):
    x, y = blobs(classes=2)
    model = nn.Sequential(nn.Linear(4, 1), *([nn.Sigmoid()] * bad))
    return examined(model, nn.BCEWithLogitsLoss(), (x, y.float().unsqueeze(1)))


@program("activation_before_loss", "exp of a row sums to", "log_softmax")
def softmax_before_nll(bad):
    last = nn.Softmax(dim=1) if bad else nn.LogSoftmax(dim=1)
    return examined(nn.Sequential(nn.Linear(4, 3), last), nn.NLLLoss())


@program("activation_before_loss", "changes nothing", severity="note")
def log_softmax_before_cross_entropy(bad):
    model = nn.Sequential(nn.Linear(4, 3), *([nn.LogSoftmax(dim=1)] * bad))
    return examined(model, nn.CrossEntropyLoss())


@program("relu_before_loss", "no logit can be below 0")
def relu_before_cross_entropy(bad):
    return examined(nn.Sequential(mlp(), *([nn.ReLU()] * bad)), nn.CrossEntropyLoss())


@program("relu_before_loss", "of the targets are below 0")
def relu_before_mse(bad):
    x, _ = blobs()
    model = nn.Sequential(mlp(1), *([nn.ReLU()] * bad))
    return examined(model, nn.MSELoss(), (x, x.sum(1, keepdim=True)))


@program("labels", "class indices range from 1 to 3", "count classes from 0")
def classes_from_1(bad):
    x, y = blobs()
    return examined(mlp(), nn.CrossEntropyLoss(), (x, y + bad))


@program("labels", "float32; class indices are integers", "target.long()")
def float_labels(bad):
    x, y = blobs()
    return examined(mlp(), nn.CrossEntropyLoss(), (x, y.float() if bad else y))


@program("labels", "are one-hot", "argmax(1)")
def one_hot_labels(bad):
    x, y = blobs()
    return examined(mlp(), nn.CrossEntropyLoss(), (x, F.one_hot(y, 3) if bad else y))


@program("labels", "shape (96, 1) for outputs of shape (96, 3)", "squeeze(1)")
def labels_in_a_column(bad):
    x, y = blobs()
    return examined(mlp(), nn.CrossEntropyLoss(), (x, y.unsqueeze(1) if bad else y))


@program("labels", "range from -1 to 1", "0. and 1.")
def binary_labels_of_both_signs(bad):
    x, y = blobs(classes=2)
    y = y.float().unsqueeze(1)
    return examined(mlp(1), nn.BCEWithLogitsLoss(), (x, 2 * y - 1 if bad else y))


@program("leaking_splits", "8 of 24 validation samples")
def samples_in_both_splits(bad):
    x, y = blobs()
    part = slice(72 - 8 * bad, 96 - 8 * bad)
    train, valid = TensorDataset(x[:72], y[:72]), TensorDataset(x[part], y[part])
    return doctor(mlp(), train=train, valid=DataLoader(valid, batch_size=4))


@program("leaking_splits", "indices in common")
def indices_in_both_subsets(bad):
    data = TensorDataset(*blobs())
    valid = Subset(data, range(60 if bad else 72, 96))
    return doctor(mlp(), train=Subset(data, range(72)), valid=valid)


@program("duplicate_samples", "24 of 72 training samples")
def samples_twice(bad):
    x, y = blobs()
    first = TensorDataset(x[:48], y[:48])
    more = TensorDataset(x[:24], y[:24]) if bad else TensorDataset(x[48:72], y[48:72])
    return doctor(mlp(), train=ConcatDataset([first, more]), valid=TensorDataset(x[72:], y[72:]))


class Logarithm(nn.Module):
    def __init__(self, low):
        super().__init__()
        self.fc, self.low = nn.Linear(4, 3), low

    def forward(self, x):
        p = torch.relu(self.fc(x))
        return torch.log(p + self.low)


@program("nonfinite", "the first inf was born in log of 0 …", place="Logarithm")
def log_of_0(bad):
    return examined(Logarithm(0.0 if bad else 1e-3), nn.CrossEntropyLoss())


@program("nonfinite", "in the backward pass of sqrt", "eps", place="norm = torch.sqrt(")
def slope_of_a_root_at_0(bad):
    class Norm(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 3)

        def forward(self, x):
            norm = torch.sqrt((x * self.fc.weight[0] * 0).square().sum(1) + (0 if bad else 1e-6))
            return self.fc(x) + norm.unsqueeze(1)

    return examined(Norm(), nn.CrossEntropyLoss())


@program("nonfinite", "the loss of backward pass 3 is nan", "in log of", place="Logs")
def nan_in_a_loop(bad):
    class Logs(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.calls = nn.Linear(4, 3), 0

        def forward(self, x):
            self.calls += 1
            y = self.fc(x)
            return torch.log(y - y.max() - 1) if bad and self.calls > 2 else y

    return Classes(Logs()).watched()


@program("nonfinite_inputs", "1 of 384 numbers of the inputs")
def nan_among_the_inputs(bad):
    x, y = blobs()
    if bad:
        x[0, 0] = float("nan")
    return examined(mlp(), nn.CrossEntropyLoss(), (x, y))


@program("nonfinite_parameters", "1 of 4 parameters", place="0.weight")
def nan_among_the_weights(bad):
    model = mlp()
    with torch.no_grad():
        model[0].weight[0, 0] *= float("nan") if bad else 1.0
    return examined(model, nn.CrossEntropyLoss())


class Noisy(nn.Module):
    def __init__(self, noise):
        super().__init__()
        self.fc, self.noise = nn.Linear(4, 3), noise

    def forward(self, x):
        return self.fc(x) * (1 + 0.1 * self.noise())


@program("nondeterminism", "from the same seed differs", "torch.manual_seed")
def noise_from_numpy(bad):
    noise = (lambda: float(np.random.rand())) if bad else (lambda: torch.rand(()))  # noqa: NPY002
    return examined(Noisy(noise), nn.CrossEntropyLoss())


@program("nondeterminism", "the output of the same batch")
def noise_from_python(bad):
    return examined(Noisy(random.random if bad else lambda: 0.0), nn.CrossEntropyLoss())


@program("loss_not_scalar", "shape (96,)", ".mean()")
def loss_without_reduction(bad):
    return examined(mlp(), nn.CrossEntropyLoss(reduction="none" if bad else "mean"))


@program("loss_detached", "forward cuts the graph")
def forward_that_detaches(bad):
    class Cut(Branches):
        def forward(self, x):
            return super().forward(x).detach() if bad else super().forward(x)

    return examined(Cut(False), nn.CrossEntropyLoss())


@program("loss_detached", "the loss is a float")
def loss_that_is_a_float(bad):
    def loss_fn(output, target):
        loss = F.cross_entropy(output, target)
        return loss.item() if bad else loss

    return examined(mlp(), loss_fn)


@program("loss_detached", "the loss that is made of it does not")
def loss_of_accuracy_in_a_loop(bad):
    training = Classes()
    if bad:
        training.loss_fn = lambda output, y: (output.argmax(1) != y).float().mean()
    return training.watched()


@program("class_imbalance", "of 200 labels are 0", severity="note")
def classes_out_of_balance(bad):
    x, y = torch.randn(200, 4), torch.arange(200) % (40 if bad else 2) == 0
    return examined(mlp(2), nn.CrossEntropyLoss(), (x, 1 - y.long()) if not bad else (x, y.long()))


@program("same_prediction", "for all 32 samples", severity="note")
def one_class_for_all(bad):
    x, y = torch.randn(32, 4), torch.arange(32) % 3
    y = y if not bad else (y == 0).long() * (torch.arange(32) < 6)
    training = Classes(lr=0.01 if bad else 0.3)
    training.x, training.y = x, y
    if not bad:
        training.y = x[:, :3].argmax(1)
    return training.watched(60)


@program("constant_output", "different samples are equal")
def output_without_the_input(bad):
    class Constant(Branches):
        def forward(self, x):
            return super().forward(x * 0 if bad else x)

    return Classes(Constant(False)).watched(60)


@program("batch_of_one", "1 of 1 batches had one sample", place="1 (BatchNorm2d)")
def batch_norm_of_one_image(bad):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(72, 3))
    n = 1 if bad else 4
    return examined(model, nn.CrossEntropyLoss(), (torch.randn(n, 1, 8, 8), torch.arange(n) % 3))


@program("bias_before_norm", "of 1 layer has", "bias=False", place="0 (Linear)", severity="note")
def bias_that_does_nothing(bad):
    model = nn.Sequential(nn.Linear(4, 8, bias=bad), nn.BatchNorm1d(8), nn.Linear(8, 3))
    return examined(model, nn.CrossEntropyLoss())


@program("no_output", "Forgetful.forward gives None", "return")
def forward_without_return(bad):
    class Forgetful(Branches):
        def forward(self, x):
            y = super().forward(x)
            return None if bad else y

    return examined(Forgetful(False), nn.CrossEntropyLoss())


@program("nonfinite", "the loss of backward pass 1 is inf", "there is log", "log_softmax")
def log_of_0_in_a_loss_by_hand(bad):
    training = Classes()
    training.loss_fn = lambda out, y: (
        -((out.softmax(1) - float(bad)).relu() + 1e-9 * (not bad)).log().mean()
    )
    return training.watched(1)


@program("dead_relu", place="1 (ReLU)")
def units_that_die_of_a_large_step(bad):
    training = Classes(lr=0.05)

    def after():
        with torch.no_grad():
            training.model[0].bias -= 1000 * bad

    return training.watched(25, after=after)


@program("learning_rate_too_large", "over", "times their size")
def loss_that_was_thrown_about(bad):
    training = Classes()
    training.optimizer = optim.Adam(training.model.parameters(), lr=3.0 if bad else 0.01)
    return training.watched(40)


@program("raised", "RuntimeError in the forward", place="2 (Linear)")
def shapes_that_do_not_fit(bad):
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9 if bad else 8, 3))
    return examined(model, nn.CrossEntropyLoss())


@program("raised", "RuntimeError in the loop", place="2 (Linear)")
def shapes_that_do_not_fit_in_a_loop(bad):
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9 if bad else 8, 3))
    return Classes(model).watched()


@program("cannot_overfit", "100 steps on one batch")
def targets_that_cannot_be_learned(bad):
    x, y = blobs()
    x = torch.zeros_like(x) if bad else x
    return examined(mlp(), nn.CrossEntropyLoss(), (x, y), overfit=True)


@pytest.mark.parametrize("label", PROGRAMS)
def test_the_mistake_is_found_and_its_absence_is_not(label):
    name, texts, place, severity, function = PROGRAMS[label]
    found = function(True)
    assert name in found, found
    finding = found[name]
    for text in texts:
        assert text in str(finding), finding
    assert place in finding.where, finding
    assert finding.severity == (severity or finding.severity)
    assert not found.case.trouble
    torch.manual_seed(0)
    healthy = function(False)
    assert name not in healthy, healthy
    assert healthy.ok, healthy


def test_every_check_has_a_program():
    known = {name for name, *_ in PROGRAMS.values()}
    assert set(CHECKS) - known == {"trouble"}  # which the test below makes
    assert all(check.doc.endswith(".") and len(check.doc) < 100 for check in CHECKS.values())


def test_a_failure_of_the_doctor_is_a_note(monkeypatch):
    from minitorch.inspect.diagnosis import observing

    def fails(*_):
        raise ZeroDivisionError("oh")

    with monkeypatch.context() as patch:
        patch.setattr(observing, "read_loss", fails)
        found = Classes().watched()
    assert [each.severity for each in found] == ["note"]
    assert found["trouble"].evidence == "ZeroDivisionError: oh"
    monkeypatch.setitem(CHECKS, "raised", CHECKS["raised"]._replace(function=fails))
    assert [each.name for each in shapes_that_do_not_fit(True)] == ["trouble"]
    assert forgotten(True)["trouble"].evidence == "raised: ZeroDivisionError: oh"


def test_leaks_of_arrays_and_of_data_that_repeats_by_nature():
    x = np.arange(40.0).reshape(20, 2)
    assert [each.name for each in leaks(x[:15], (x[12:], x[12:]))] == ["leaking_splits"]
    bits = RNG.integers(0, 2, (60, 3))
    assert {each.severity for each in leaks(bits[:40], bits[40:])} == {"note"}
    assert leaks([{"a": 1}, {"a": 2}], [{"a": 3}]) == []


def test_one_line_for_each_finding_with_name_evidence_and_advice():
    found = forgotten(True)
    lines = str(found).splitlines()
    assert lines[0] == "doctor: Sequential: 1 error"
    assert lines[1].startswith("  ✗ error   zero_grad forgotten [0.bias, 0.weight")
    assert lines[1].endswith("call optimizer.zero_grad() before backward()")
    assert len(lines) == 2 == 1 + len(found)
    assert found.to_dict()["findings"][0]["name"] == "zero_grad_forgotten"
    assert not found.to_dict()["ok"]
    assert str(forgotten(False)) == "doctor: Sequential: nothing found"
    with pytest.raises(KeyError, match="found: zero_grad_forgotten"):
        found["dead_relu"]


def test_a_cause_is_told_before_its_consequences_and_in_place_of_some():
    torch.manual_seed(0)
    x, y = torch.randint(0, 256, (64, 4)).float(), torch.arange(64) % 3
    model, loss_fn = mlp(hidden=64), nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    with doctor(model, loss_fn, optimizer=optimizer, report=False) as found:
        for _ in range(30):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
    names = [each.name for each in found]
    assert names[0] == "inputs_not_normalised" and names[-1] == "dead_relu"
    assert found["dead_relu"].severity == "error"
    assert "learning_rate_too_large" in names and "vanishing_gradients" not in names


def test_what_is_nan_is_told_as_such_and_no_layer_is_called_dead():
    x, y = blobs()
    x[3, 2] = float("nan")
    model, loss_fn = mlp(), nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with doctor(model, loss_fn, optimizer=optimizer, report=False) as found:
        for _ in range(12):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
    assert [each.name for each in found] == ["nonfinite_inputs"]


def test_labels_that_the_loss_ignores_may_be_any_number():
    x, y = blobs()
    y[:5] = 255
    assert doctor(mlp(), nn.CrossEntropyLoss(ignore_index=255), (x, y)).ok
    assert "labels" in doctor(mlp(), nn.CrossEntropyLoss(), (x, y))


def test_targets_that_are_small_are_a_note():
    x = torch.randn(64, 4)
    found = doctor(mlp(1), nn.MSELoss(), (x, x.sum(1, keepdim=True) * 1e-4))
    assert found.ok and "standardise the targets" in found["initial_loss"].advice


def test_watching_a_deep_model_looks_at_each_layer_but_a_few_times(monkeypatch):
    from minitorch.inspect.diagnosis import layers

    looked, model = [], deep(nn.ReLU)
    look = layers.look
    monkeypatch.setattr(layers, "look", lambda *args: (looked.append(args), look(*args)))
    x, y = blobs()
    with doctor(model, report=False):
        for _ in range(40):
            nn.functional.cross_entropy(model(x), y).backward()
    always, measured = 13, 16 + 3  # its ReLUs, and the steps at which all is looked at
    modules = len(list(model.modules()))
    assert len(looked) <= measured * modules + (40 - measured) * (always + 1)


def test_html_escapes_what_programs_contain():
    model = mlp()
    model.layers = {"<b>": nn.Linear(2, 2)}
    shown = doctor(model)._repr_html_()
    assert "<b>'" not in shown and "&lt;b&gt;" in shown
    assert "nothing found" in doctor(mlp())._repr_html_()


def test_the_report_is_printed_at_the_end_and_on_the_way_out_of_an_error(capsys):
    model = mlp()
    with doctor(model) as diagnosis:
        assert diagnosis.findings == []
    assert capsys.readouterr().out == "doctor: Sequential: nothing found\n"
    with pytest.raises(ZeroDivisionError), doctor(model):
        _ = 1 / 0
    out = capsys.readouterr().out
    assert "ZeroDivisionError in the loop" in out and "_ = 1 / 0" in out
    with doctor(model, report=False):
        pass
    with pytest.raises(KeyboardInterrupt), doctor(model):
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "doctor: Sequential: nothing found\n"


def test_the_birth_of_a_nan_is_told_by_the_users_line():
    finding = log_of_0(True)["nonfinite"]
    assert "return torch.log(p + self.low)" in finding.where
    assert "test_doctor.py line" in finding.where


def test_what_is_no_model_or_batch_is_refused():
    with pytest.raises(TypeError, match="model must be a Module, got the class Linear"):
        doctor(nn.Linear)
    with pytest.raises(TypeError, match=r"give an object of it, CrossEntropyLoss\(\)"):
        doctor(mlp(), nn.CrossEntropyLoss)
    with pytest.raises(TypeError, match="no targets for loss_fn"):
        doctor(mlp(), nn.CrossEntropyLoss(), torch.ones(2, 4))
    with pytest.raises(TypeError, match="an iterator"):
        doctor(mlp(), nn.CrossEntropyLoss(), iter([blobs()]))
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, got Parameter"):
        doctor(mlp(), optimizer=mlp().parameters())
