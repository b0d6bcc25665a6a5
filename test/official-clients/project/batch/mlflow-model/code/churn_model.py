import json


class Weights:
    def __init__(self, weights):
        self.weights = weights

    def predict(self, table, params=None):
        return sum(table[name] * weight for name, weight in self.weights.items()).to_numpy()


def _load_pyfunc(path):
    with open(path) as file:
        return Weights(json.load(file))
