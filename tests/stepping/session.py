"""Run by gdb: stops at a look-up and at its scatter-add and reads the tensors there.

    gdb -batch -nx -x .debugger/locus.py -x tests/stepping/session.py build/release/tests/lookup
"""
import re

problems = []


def expect(command, wanted):
    told = gdb.execute(command, to_string=True).strip()
    told = re.sub(r"^\$\d+ = (\(.*?\) @0x[0-9a-f]+: )?", "", told)
    if told != wanted:
        problems.append(f"{command}\n--- wanted\n{wanted}\n--- told\n{told}\n")


def expect_stop_at(function, *lines):
    """Where the program stands: at the line where the function begins, or, by clang, at the next."""
    frame = gdb.selected_frame()
    where = frame.find_sal()
    with open(where.symtab.fullname()) as file:
        text = file.readlines()[where.line - 1].strip()
    if not (frame.name() or "").startswith(function) or text not in lines:
        problems.append(f"stopped in {frame.name()}\n--- wanted\n{lines[0]}\n--- told\n{text}\n")


def run(command):
    gdb.execute(command, to_string=True)


def run_to(text):
    """To the line of lookup.cpp that starts with the text."""
    with open(gdb.lookup_global_symbol("main").symtab.fullname()) as file:
        lines = [number for number, line in enumerate(file, 1) if line.strip().startswith(text)]
    gdb.execute(f"tbreak lookup.cpp:{lines[0]}", to_string=True)
    gdb.execute("continue" if gdb.selected_inferior().pid else "run", to_string=True)


gdb.execute("set confirm off")
gdb.execute("set print frame-arguments none")

# The look-up: rows 2, 0 and 2 of the table. One step from main leads into the op, and the arguments
# are in place at the very stop.
run_to("const Variable rows = embedding(table, ids);")
run("step")
expect_stop_at(
    "locus::embedding", "Variable embedding(const Variable& table, const Indices& ids) {",
    'return record("embedding", embedding(table.value(), ids), {')
expect("print table", "table, a parameter: (4, 2)\n[[ 0.  1.]\n [10. 11.]\n [20. 21.]\n [30. 31.]]")
expect("print ids", "(3) [2 0 2]")
expect("print ids.shape_", "(3)")
run("finish")
expect("print rows", "embedding(table): (3, 2)\n[[20. 21.]\n [ 0.  1.]\n [20. 21.]]")

# The scatter-add: the gradients of the three places, and what they add up to. Row 2 was looked up at
# places 0 and 2: (1, 2) + (5, 6).
run("break locus::scatter_add_rows")
run("continue")
expect_stop_at(
    "locus::scatter_add_rows",
    "Variable scatter_add_rows(const Variable& x, const Indices& ids, Index n) {",
    'return record("scatter_add_rows", scatter_add_rows(x.value(), ids, n), {')
expect("print n", "4")
run("continue")
expect_stop_at(
    "locus::scatter_add_rows",
    "Tensor scatter_add_rows(const Tensor& dy, const Indices& ids, Index n) {",
    'check(dy.shape().rank() >= 1,')
expect("print dy", "(3, 2)\n[[1. 2.]\n [3. 4.]\n [5. 6.]]")
expect("print ids", "(3) [2 0 2]")
expect("print n", "4")
run("finish")
expected = "(4, 2)\n[[3. 4.]\n [0. 0.]\n [6. 8.]\n [0. 0.]]"
expect("print $", expected)

# Back in main, after backward.
gdb.execute("delete")
run_to("for (const Tensor& x")
table = "table, a parameter: (4, 2)\n[[ 0.  1.]\n [10. 11.]\n [20. 21.]\n [30. 31.]]"
expect("print table", table + "\ngradient: " + expected)
expect("print freed", "embedding, its graph freed: (3, 2)\n[[20. 21.]\n [ 0.  1.]\n [20. 21.]]")
expect("print none", "empty")
expect("print constant", "constant: (2, 2) shared by 3\n[[ 0.50  -inf]\n [ 0.00 -0.25]]")
expect("print empty", "(0) empty")
expect("print given", "(0) empty")
expect("print number", "() 7.")
expect("print shared.buffer_", "numbers held by 3")

# Every layout is the one the library prints.
layouts = []
for name in ("number", "one", "blocks", "tall", "deep", "tiny", "odd"):
    head, text = re.match(
        r"(?s)\$\d+ = (\([\d, ]*\)(?: shared by \d+)?)\s(.*)",
        gdb.execute(f"print {name}", to_string=True).rstrip()).groups()
    layouts.append(text + "\n\n")
with open("layouts.txt", "w") as file:
    file.write("".join(layouts))

# What has not been constructed yet says so: nothing but bytes.
gdb.execute("set {unsigned char[24]} &one = {255, 255, 255}")
gdb.execute("set var one.shape_.rank_ = 77")
expect("print one", "not constructed yet")

for problem in problems:
    print(problem)
gdb.execute(f"quit {1 if problems else 0}")
