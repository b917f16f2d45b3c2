"""How gdb and LLDB show the types of Locus.

    gdb    source .debugger/locus.py
    lldb   command script import .debugger/locus.py

A Tensor prints as its shape and its numbers, laid out as fmt::print lays them out; a Variable as the
call that made it, its value and its gradient. What has not been constructed yet says so.
"""
import math
import struct

try:
    import gdb
    import gdb.printing
except ImportError:
    gdb = None
try:
    import lldb
except ImportError:
    lldb = None

LONGEST = 1000  # numbers printed in full, and
EDGE = 3  # entries shown at either end of a shortened axis: as in tensor/print.cpp


# --- text: nothing here knows a debugger ----------------------------------------------------------


def text_of_shape(extents):
    return "(" + ", ".join(map(str, extents)) + ")"


def shown(extent, shortened):
    """The places shown along an axis, None for the gap."""
    if shortened and extent > 2 * EDGE:
        return [*range(EDGE), None, *range(extent - EDGE, extent)]
    return list(range(extent))


def choose_format(numbers):
    """The shortest of up to four decimals that shows every number, or powers of ten."""
    sizes = [abs(x) for x in numbers if x != 0 and math.isfinite(x)]
    decimals = 0
    for size in sizes:
        while decimals < 4:
            scaled = size * 10**decimals
            if abs(scaled - math.floor(scaled + 0.5)) <= 1e-6 * scaled:
                break
            decimals += 1
    if sizes:
        top, bottom = max(sizes), min(sizes)
        if top >= 1e7 or top < 1e-3 or top / bottom > 1e6:
            return ".4e"
    return f"#.{decimals}f"


def rows_of(extents, read, whole=False):
    """[(index of the row, its numbers as text)], None for a gap; read(place, count) gives numbers."""
    shortened = math.prod(extents) > LONGEST
    rows = [((), 0)]
    for extent in extents[:-1]:
        rows = [
            row and place is not None and ((*row[0], place), row[1] * extent + place) or None
            for row in rows
            for place in (shown(extent, shortened) if row else [None])
        ]
    width = extents[-1] if extents else 1
    numbers = {}
    for row in filter(None, rows):
        if shortened and width > 2 * EDGE:
            ends = (*read(row[1] * width, EDGE), *read((row[1] + 1) * width - EDGE, EDGE))
            numbers[row] = [*ends[:EDGE], None, *ends[EDGE:]]
        else:
            numbers[row] = list(read(row[1] * width, width))
    every = [x for row in numbers.values() for x in row if x is not None]
    spec = "d" if whole else choose_format(every)
    column = max([len(format(x, spec)) for x in every], default=0)
    cell = lambda x: "..." if x is None else format(x, spec).rjust(column)
    return [row and (row[0], " ".join(map(cell, numbers[row]))) for row in rows]


def text_of_numbers(extents, read, whole=False):
    """Brackets per axis, as NumPy prints."""
    if math.prod(extents) == 0:
        return ""
    rows = rows_of(extents, read, whole)
    if not extents:
        return rows[0][1]
    lines, before, gap = [], None, False
    for row in rows:
        if row is None:
            gap = True
            continue
        index, text = row
        # How many axes begin anew with this row: all of them at the very first.
        axes = len(index)
        same = 0 if before is None else next(i for i in range(axes) if index[i] != before[i])
        fresh = axes if before is None else axes - same - 1
        if before is not None:
            lines[-1] += "]" * fresh
            blank = [""] * fresh
            if gap:
                lines += [*blank, " " * (same + 1) + "..."]
            lines += blank
        opened = axes + 1 if before is None else fresh + 1
        lines.append(" " * (axes + 1 - opened) + "[" * opened + text + "]")
        before, gap = index, False
    lines[-1] += "]" * len(before)
    return "\n".join(lines)


# --- reading: the only lines that know the members of the library's types -------------------------


class NotConstructed(Exception):
    """A variable whose constructor has not run yet: its bytes are left over from something else."""


def extents_of(shape):
    rank, size = int(shape["rank_"]), int(shape["size_"])
    if not 0 <= rank <= 6:
        raise NotConstructed
    extents = [int(shape["extents_"].element(i)) for i in range(rank)]
    if min(extents, default=0) < 0 or math.prod(extents) != size or size > 2**48:
        raise NotConstructed
    return extents


def holders_of(buffer):
    """How many tensors share the numbers; 0 for none at all."""
    block = buffer["block_"]
    if int(block) == 0:
        return 0
    holders = int(block.target()["holders"]["_M_i", "__a_"])
    if not 0 < holders < 2**40:
        raise NotConstructed
    return holders


def reader_of_tensor(tensor):
    buffer, extents = tensor["buffer_"], extents_of(tensor["shape_"])
    if math.prod(extents) > 0 and holders_of(buffer) == 0:
        raise NotConstructed
    block = buffer["block_"]
    first, size = int(block) + block.size_of_target(), tensor.size_of_type("locus::real")
    letter = {4: "f", 8: "d"}[size]
    return lambda place, count: struct.unpack(
        f"{count}{letter}", tensor.memory(first + place * size, count * size))


def span_of(vector):
    """Address of the first element of a std::vector, address after the last."""
    implementation = vector["_M_impl"] if vector.has("_M_impl") else vector
    return implementation["_M_start", "__begin_"], implementation["_M_finish", "__end_"]


def reader_of_indices(indices):
    first, last = map(int, span_of(indices["numbers_"]))
    if last - first != 8 * math.prod(extents_of(indices["shape_"])):
        raise NotConstructed
    return lambda place, count: struct.unpack(
        f"{count}q", indices.memory(first + place * 8, count * 8))


def node_of(variable):
    """The node of a Variable, None for an empty one: its handle is a pointer, plain or smart."""
    handle = variable["node_"]
    for pointer in ("_M_ptr", "__ptr_", "node_", "node", "pointer_"):
        if handle.has(pointer):
            handle = handle[pointer]
    return handle.target() if int(handle) else None


def edges_of(node):
    """Edges stand in a std::vector, or inline as an array beside their count."""
    edges = node["inputs"]
    if edges.has("_M_impl") or edges.has("__begin_"):
        first, last = span_of(edges)
        count = (int(last) - int(first)) // first.size_of_target()
    else:
        first = edges["edges_", "list_", "items_", "first_", "data_"]
        count = int(edges["count_", "size_"])
    if not 0 <= count < 2**20:
        raise NotConstructed
    return [first.element(i) for i in range(count)]


# --- what is shown --------------------------------------------------------------------------------


def summary_of_shape(shape):
    return text_of_shape(extents_of(shape))


def summary_of_buffer(buffer):
    holders = holders_of(buffer)
    return f"numbers held by {holders}" if holders else "no numbers"


def with_numbers(head, extents, read, whole=False):
    text = text_of_numbers(extents, read, whole)
    return head + ("\n" if "\n" in text else " " if text else "") + text


def head_of_tensor(tensor):
    extents, holders = extents_of(tensor["shape_"]), holders_of(tensor["buffer_"])
    if math.prod(extents) == 0:
        return text_of_shape(extents) + " empty"
    return text_of_shape(extents) + (f" shared by {holders}" if holders > 1 else "")


def summary_of_tensor(tensor):
    return with_numbers(
        head_of_tensor(tensor), extents_of(tensor["shape_"]), reader_of_tensor(tensor))


def summary_of_indices(indices):
    extents = extents_of(indices["shape_"])
    return with_numbers(text_of_shape(extents), extents, reader_of_indices(indices), whole=True)


def head_of_node(node):
    """Such as `embedding(table)`, `table, a parameter`, `constant`."""
    name, edges, requires_grad = node["name"].text(), edges_of(node), bool(int(node["requires_grad"]))
    if edges:
        inputs = [node_of(edge["input"]) for edge in edges]
        return f"{name}({', '.join(x['name'].text() if x else 'empty' for x in inputs)})"
    if int(node["freed"]):
        return f"{name}, its graph freed"
    kind = "parameter" if requires_grad else "constant"
    return name if name == kind else f"{name}, a {kind}"


def summary_of_node(node):
    text = head_of_node(node) + ": " + summary_of_tensor(node["value"])
    grad = node["grad"]
    if extents_of(grad["shape_"]) != [0]:
        text += "\ngradient: " + summary_of_tensor(grad)
    return text


def summary_of_variable(variable):
    node = node_of(variable)
    return summary_of_node(node) if node else "empty"


def summary_of_edge(edge):
    node = node_of(edge["input"])
    return "to " + (head_of_node(node) if node else "nothing")


SUMMARIES = {
    "locus::Shape": summary_of_shape,
    "locus::Buffer": summary_of_buffer,
    "locus::Tensor": summary_of_tensor,
    "locus::Indices": summary_of_indices,
    "locus::Variable": summary_of_variable,
    "locus::Node": summary_of_node,
    "locus::Edge": summary_of_edge,
    "locus::Node::Input": summary_of_edge,
}


def summary(value, name):
    try:
        return SUMMARIES[name](value)
    except Exception as problem:  # of any kind: bytes that are no object lead anywhere
        kind = "" if isinstance(problem, NotConstructed) else f" ({problem})"
        return "not constructed yet" + kind


# --- gdb ------------------------------------------------------------------------------------------


class GdbValue:
    def __init__(self, value):
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
        self.value = value

    def __getitem__(self, names):
        """A member; of several names the first that exists."""
        for name in [names] if isinstance(names, str) else names:
            if self.has(name):
                return GdbValue(self.value[name])
        raise KeyError(names)

    def has(self, name):
        return self.holds(self.value.type.strip_typedefs(), name)

    @classmethod
    def holds(cls, kind, name):
        if kind.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            return False
        return any(
            f.name == name or f.is_base_class and cls.holds(f.type.strip_typedefs(), name)
            for f in kind.fields())

    def __int__(self):
        return int(self.value)

    def element(self, i):
        return GdbValue(self.value[i])

    def target(self):
        return GdbValue(self.value.dereference())

    def size_of_target(self):
        return self.value.type.strip_typedefs().target().sizeof

    def size_of_type(self, name):
        return gdb.lookup_type(name).sizeof

    def memory(self, address, count):
        return bytes(gdb.selected_inferior().read_memory(address, count)) if count else b""

    def text(self):
        if self.value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            return self.value.string()
        return self.value["_M_dataplus"]["_M_p"].string()


class GdbPrinter:
    def __init__(self, value, name):
        self.value, self.name = GdbValue(value), name

    def to_string(self):
        return summary(self.value, self.name)


def load_into_gdb():
    def printer_of(value):
        name = value.type.unqualified().strip_typedefs().name
        return GdbPrinter(value, name) if name in SUMMARIES else None

    printer_of.name, printer_of.enabled = "locus", True
    gdb.printing.register_pretty_printer(None, printer_of, replace=True)

    # `step` passes over what is not Locus and over the copying of handles, but not over the call of a
    # std::function: a rule is one. Patterns are basic regular expressions.
    handle = r"\(Variable\|Tensor\|Indices\|Buffer\|Edge\|Shape\)"
    if "locus" not in gdb.execute("info skip", to_string=True):
        for pattern in (
            r"^std::[^f_]", r"^std::f[^u]", r"^std::_[^_F]", r"^std::__[^i]",
            r"^std::function<.*>::~*function[<(]",
            r"^\(fmt\|__gnu_cxx\|CLI\)::", r"^operator.\(new\|delete\)",
            rf"^locus::{handle}::~*{handle}[(]", rf"^locus::{handle}::operator=[(]",
        ):
            # gdb takes one backslash of two.
            gdb.execute("skip -rfu " + pattern.replace("\\", "\\\\"), to_string=True)


if gdb:
    load_into_gdb()


# --- LLDB -----------------------------------------------------------------------------------------


class LldbValue:
    def __init__(self, value):
        kind = value.GetType().GetCanonicalType()
        if kind.IsReferenceType():
            value = value.Dereference()
        self.value = value.GetNonSyntheticValue()

    def __getitem__(self, names):
        for name in [names] if isinstance(names, str) else names:
            member = self.value.GetChildMemberWithName(name)
            if member.IsValid():
                return LldbValue(member)
        raise KeyError(names)

    def has(self, name):
        # A pointer has the members of its target here; it is a pointer all the same.
        if self.value.GetType().GetCanonicalType().IsPointerType():
            return False
        return self.value.GetChildMemberWithName(name).IsValid()

    def __int__(self):
        return self.value.GetValueAsSigned()

    def element(self, i):
        kind = self.value.GetType().GetCanonicalType()
        if kind.IsPointerType():
            target = kind.GetPointeeType()
            return LldbValue(self.value.CreateValueFromAddress(
                f"[{i}]", int(self) + i * target.GetByteSize(), target))
        return LldbValue(self.value.GetChildAtIndex(i))

    def target(self):
        return self.element(0)

    def size_of_target(self):
        return self.value.GetType().GetCanonicalType().GetPointeeType().GetByteSize()

    def size_of_type(self, name):
        return self.value.GetTarget().FindFirstType(name).GetByteSize()

    def memory(self, address, count):
        error = lldb.SBError()
        data = self.value.GetProcess().ReadMemory(address, count, error) if count else b""
        if error.Fail():
            raise NotConstructed
        return data

    def text(self):
        pointer = self
        if not self.value.GetType().GetCanonicalType().IsPointerType():
            pointer = self["_M_dataplus"]["_M_p"]
        error = lldb.SBError()
        return self.value.GetProcess().ReadCStringFromMemory(int(pointer), 1000, error)


def lldb_summary(value, _):
    # The type as it is, whatever reference, pointer, const or typedef leads to it.
    value = value.GetNonSyntheticValue()
    kind = value.GetType().GetCanonicalType()
    if kind.IsPointerType():
        value = value.Dereference()
    elif kind.IsReferenceType():
        value = value.Dereference()
    name = value.GetType().GetCanonicalType().GetUnqualifiedType().GetName()
    return summary(LldbValue(value), name)


def __lldb_init_module(debugger, _):
    for name in SUMMARIES:
        debugger.HandleCommand(f"type summary add -w locus -F {__name__}.lldb_summary {name}")
    debugger.HandleCommand("type category enable locus")
    debugger.HandleCommand(
        "settings set target.process.thread.step-avoid-regexp ^(std::[^f]|std::f[^u]|fmt::|CLI::)")
