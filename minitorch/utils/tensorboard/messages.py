"""The messages in event files, with the fields that are written here.

Their numbers are those of TensorFlow's and TensorBoard's .proto files.
"""

from __future__ import annotations

from minitorch.utils.tensorboard.wire import (
    Message,
    boolean,
    data,
    double,
    integer,
    mapping,
    message,
    one_of,
    repeated,
    single,
    string,
    table,
)

# DataType of tensors
DT = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7,
    "complex64": 8, "int64": 9, "bool": 10, "bfloat16": 14, "complex128": 18, "float16": 19,
}  # fmt: skip
STARTED = 1  # SessionLog
# the hyperparameters' DataType, and the Status of a session
HPARAM_STRING, HPARAM_BOOL, HPARAM_NUMBER = 1, 2, 3
SUCCEEDED = 1
VERTEX, FACE, COLOR = 1, 2, 3  # of a mesh


class Event(Message):
    """A record of an event file."""

    fields = table(
        wall_time=(1, double),
        step=(2, integer),
        file_version=(3, one_of(string)),
        graph_def=(4, one_of(data)),
        summary=(5, message),
        session_log=(7, message),
        tagged_run_metadata=(8, message),
        source_metadata=(10, message),
    )


class SessionLog(Message):
    fields = table(status=(1, integer), checkpoint_path=(2, string), msg=(3, string))


class SourceMetadata(Message):
    fields = table(writer=(1, string))


class TaggedRunMetadata(Message):
    fields = table(tag=(1, string), run_metadata=(2, data))


# Summaries


class Summary(Message):
    """Values under their tags."""

    fields = table(value=(1, repeated(message)))


class Value(Message):
    """One of `simple_value`, `image`, `histo`, `audio` and `tensor`."""

    fields = table(
        tag=(1, string),
        simple_value=(2, one_of(single)),
        image=(4, message),
        histo=(5, message),
        audio=(6, message),
        tensor=(8, message),
        metadata=(9, message),
    )


class Image(Message):
    fields = table(
        height=(1, integer),
        width=(2, integer),
        colorspace=(3, integer),
        encoded_image_string=(4, data),
    )


class Audio(Message):
    fields = table(
        sample_rate=(1, single),
        num_channels=(2, integer),
        length_frames=(3, integer),
        encoded_audio_string=(4, data),
        content_type=(5, string),
    )


class HistogramProto(Message):
    fields = table(
        min=(1, double),
        max=(2, double),
        num=(3, double),
        sum=(4, double),
        sum_squares=(5, double),
        bucket_limit=(6, repeated(double)),
        bucket=(7, repeated(double)),
    )


class SummaryMetadata(Message):
    """Which of TensorBoard's plugins a value is for."""

    fields = table(plugin_data=(1, message), display_name=(2, string),
                   summary_description=(3, string))  # fmt: skip


class PluginData(Message):
    fields = table(plugin_name=(1, string), content=(2, data))


# Tensors


class TensorProto(Message):
    fields = table(
        dtype=(1, integer),
        tensor_shape=(2, message),
        float_val=(5, repeated(single)),
        double_val=(6, repeated(double)),
        int_val=(7, repeated(integer)),
        string_val=(8, repeated(data)),
        scomplex_val=(9, repeated(single)),
        int64_val=(10, repeated(integer)),
        bool_val=(11, repeated(boolean)),
        dcomplex_val=(12, repeated(double)),
        half_val=(13, repeated(integer)),
    )


class TensorShapeProto(Message):
    fields = table(dim=(2, repeated(message)))


class Dim(Message):
    fields = table(size=(1, integer))


# Graphs


class GraphDef(Message):
    """A graph of operations; `/` in their names makes the boxes that open."""

    fields = table(node=(1, repeated(message)), versions=(4, message))


class NodeDef(Message):
    fields = table(
        name=(1, string),
        op=(2, string),
        input=(3, repeated(string)),
        attr=(5, mapping(message)),
    )


class AttrValue(Message):
    fields = table(list=(1, message), s=(2, one_of(data)))


class ShapeList(Message):
    fields = table(shape=(7, repeated(message)))


class VersionDef(Message):
    fields = table(producer=(1, integer))


class RunMetadata(Message):
    fields = table(step_stats=(1, message))


class StepStats(Message):
    fields = table(dev_stats=(1, repeated(message)))


class DeviceStepStats(Message):
    fields = table(device=(1, string))


# What is told to plugins


class HParamsPluginData(Message):
    fields = table(
        version=(1, integer),
        experiment=(2, message),
        session_start_info=(3, message),
        session_end_info=(4, message),
    )


class Experiment(Message):
    fields = table(hparam_infos=(4, repeated(message)), metric_infos=(5, repeated(message)))


class HParamInfo(Message):
    fields = table(name=(1, string), type=(4, integer), domain_discrete=(5, message))


class MetricInfo(Message):
    fields = table(name=(1, message))


class MetricName(Message):
    fields = table(tag=(2, string))


class SessionStartInfo(Message):
    fields = table(hparams=(1, mapping(message)))


class SessionEndInfo(Message):
    fields = table(status=(1, integer))


class HParamValue(Message):
    """A number, a string or a truth value: `google.protobuf.Value`."""

    fields = table(
        number_value=(2, one_of(double)),
        string_value=(3, one_of(string)),
        bool_value=(4, one_of(boolean)),
    )


class ListValue(Message):
    fields = table(values=(1, repeated(message)))


class Layout(Message):
    """The charts of the page "custom scalars"."""

    fields = table(category=(2, repeated(message)))


class Category(Message):
    fields = table(title=(1, string), chart=(2, repeated(message)))


class Chart(Message):
    fields = table(title=(1, string), multiline=(2, message), margin=(3, message))


class MultilineChartContent(Message):
    fields = table(tag=(1, repeated(string)))


class MarginChartContent(Message):
    fields = table(series=(1, repeated(message)))


class Series(Message):
    fields = table(value=(1, string), lower=(2, string), upper=(3, string))


class PrCurvePluginData(Message):
    fields = table(num_thresholds=(2, integer))


class MeshPluginData(Message):
    fields = table(
        name=(2, string),
        content_type=(3, integer),
        json_config=(5, string),
        shape=(6, repeated(integer)),
        components=(7, integer),
    )


class ProjectorConfig(Message):
    """The file projector_config.pbtxt, which is written as text."""

    fields = table(embeddings=(2, repeated(message)))


class EmbeddingInfo(Message):
    fields = table(
        tensor_name=(1, string),
        metadata_path=(2, string),
        sprite=(5, message),
        tensor_path=(6, string),
    )


class SpriteMetadata(Message):
    fields = table(image_path=(1, string), single_image_dim=(2, repeated(integer)))
