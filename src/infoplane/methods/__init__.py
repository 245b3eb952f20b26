"""Ways to predict the labels of a task, and to train a model to: one file a method, compared on the same items."""

from infoplane.methods._compare import compare
from infoplane.methods._distilling import Teacher, choose_teacher, distill, layer_map, student_model, student_network
from infoplane.methods._finetune import finetune
from infoplane.methods._method import Ask, Method
from infoplane.methods._neighbours import Neighbours
from infoplane.methods._predict import Predictions, predict
from infoplane.methods._registry import METHODS
from infoplane.methods._setting import Setting
from infoplane.methods._significance import holm
from infoplane.methods._sweep import sweep
from infoplane.methods._sweep._result import Result
from infoplane.methods._sweep._seeds import item_difference, seed_difference
from infoplane.methods._training._planes import measure_planes
from infoplane.methods._training._recipe import Recipe

__all__ = [
    "METHODS",
    "Ask",
    "Method",
    "Neighbours",
    "Predictions",
    "Recipe",
    "Result",
    "Setting",
    "Teacher",
    "choose_teacher",
    "compare",
    "distill",
    "finetune",
    "holm",
    "item_difference",
    "layer_map",
    "measure_planes",
    "predict",
    "seed_difference",
    "student_model",
    "student_network",
    "sweep",
]
