"""Event files for TensorBoard, without TensorFlow, PyTorch or TensorBoard: `SummaryWriter`."""

from minitorch.utils.tensorboard.records import RecordWriter
from minitorch.utils.tensorboard.writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "RecordWriter", "SummaryWriter"]
