"""gdb and programs that Kitsune runs.

    (gdb) info kitsune          which version runs, and whether its symbols are loaded
    (gdb) kitsune-symbols       loads them, for a core file
    (gdb) kitsune-symbols FILE  from that file, if the version's own has moved

Loaded by itself where libkitsune is installed in the system's place; else
`source .../share/kitsune/kitsune-gdb.py`.  Works on running programs and on core files, with
libraries that have been stripped.  See docs/debugging.md.
"""

import os
import struct

import gdb

LAYOUT = "<IIIIQQQQ"  # struct debugger_view, runtime/control/debugger_view.h


class View:
    """What the program tells of itself; raises gdb.GdbError when it is not run by Kitsune."""

    def __init__(self):
        try:
            address = int(gdb.parse_and_eval("(unsigned long) &kitsune_debugger_view"))
            data = gdb.selected_inferior().read_memory(address, struct.calcsize(LAYOUT))
        except gdb.error:
            raise gdb.GdbError("this program is not run by Kitsune, or has not been started")
        (layout, self.generation, self.signal, _, path, build_id, self.base, state) = \
            struct.unpack(LAYOUT, bytes(data))
        if layout != 1:
            raise gdb.GdbError("this libkitsune is of another release than kitsune-gdb.py")
        if not self.generation:
            raise gdb.GdbError("no version runs yet")
        self.path, self.build_id, self.state = map(read_string, (path, build_id, state))

    def objfile(self):
        """The symbols of the running version, or None."""
        for objfile in gdb.objfiles():
            if objfile.build_id == self.build_id:
                return objfile
        return None


def read_string(address):
    return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string()


def build_id_of(path):
    """In hexadecimal; None when the file has none."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:5] != b"\x7fELF\x02":
        return None
    headers, = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for i in range(count):
        kind, _, at, _, _, length = struct.unpack_from("<IIQQQQ", content, headers + i * size)
        end = at + length
        while kind == 4 and at + 12 <= end:  # PT_NOTE
            name, description, note = struct.unpack_from("<III", content, at)
            start = at + 12 + (name + 3) // 4 * 4
            if note == 3 and content[at + 12:at + 16] == b"GNU\0":
                return content[start:start + description].hex()
            at = start + (description + 3) // 4 * 4
    return None


class InfoKitsune(gdb.Command):
    """Which version of the program runs: its file, its build ID, its generation.
Generation 1 is the version that the program was started with."""

    def __init__(self):
        super().__init__("info kitsune", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        view = View()
        objfile = view.objfile()
        print("version     %s" % view.path)
        print("build ID    %s" % view.build_id)
        print("generation  %d" % view.generation)
        print("state       %s" % view.state)
        print("loaded at   0x%x" % view.base)
        print("symbols     %s" % (objfile.filename if objfile else "none: see `kitsune-symbols`"))


class KitsuneSymbols(gdb.Command):
    """Load the symbols of the version that runs: kitsune-symbols [FILE]
Needed for core files, which do not have the files that the program was loaded from."""

    def __init__(self):
        super().__init__("kitsune-symbols", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        view = View()
        objfile = view.objfile()
        if objfile:
            print("they are loaded, from %s" % objfile.filename)
            return
        path = os.path.abspath(os.path.expanduser(argument)) if argument else view.path
        if not os.access(path, os.R_OK):
            raise gdb.GdbError("cannot read %s: give the file that ran as kitsune-symbols FILE"
                               % path)
        if build_id_of(path) != view.build_id:
            raise gdb.GdbError("%s is another build than the one that ran (%s): give that as "
                               "kitsune-symbols FILE" % (path, view.build_id))
        gdb.execute('add-symbol-file "%s" -o 0x%x' % (path, view.base), to_string=True)
        print("loaded the symbols of %s" % path)


def pass_our_signal(_):
    """gdb would stop whenever the runtime interrupts a wait."""
    try:
        view = View()
    except gdb.GdbError:
        return
    if view.signal:
        gdb.execute("handle SIG%d nostop noprint pass" % view.signal, to_string=True)
        gdb.events.stop.disconnect(pass_our_signal)


InfoKitsune()
KitsuneSymbols()
gdb.events.stop.connect(pass_our_signal)
