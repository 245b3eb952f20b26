"""Handing down: a teacher is chosen, a student begins as some of its blocks, and learns from its predictions."""

from infoplane.methods._distilling._distill import distill
from infoplane.methods._distilling._layer_map import layer_map
from infoplane.methods._distilling._student import student_model, student_network
from infoplane.methods._distilling._teachers import TEACHER_RULES, Teacher, choose_teacher

__all__ = [
    "TEACHER_RULES",
    "Teacher",
    "choose_teacher",
    "distill",
    "layer_map",
    "student_model",
    "student_network",
]
