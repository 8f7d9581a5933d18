"""Which symbols and libraries an ELF file imports, read as the dynamic loader reads them.

Section headers are not used: a file loads without them, so one that has something to hide can leave
them out. Source: https://gabi.xinuos.com/ and https://man7.org/linux/man-pages/man5/elf.5.html (read
November 2026).
"""

import struct
from collections.abc import Iterator

import msgspec

MAGIC = b"\x7fELF"
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 1, 4, 5, 6, 10
_DT_PLTRELSZ, _DT_RELA, _DT_RELASZ, _DT_REL, _DT_RELSZ, _DT_PLTREL, _DT_JMPREL = 2, 7, 8, 17, 18, 20, 23
_DT_GNU_HASH = 0x6FFFFEF5
_SHN_UNDEF = 0
_LONGEST_NAME = 4_096
_MOST_ENTRIES = 20_000_000


class NotReadableError(Exception):
    """The bytes are no ELF file that a loader would take; the message says why."""


class Elf(msgspec.Struct, frozen=True):
    """What a file takes from others. `is_linked` is false for a program that brings all of it along.

    `machine` is the processor's number (62: x86-64, 183: AArch64), `interpreter` the loader that a program asks for.
    """

    imports: tuple[str, ...]
    needed: tuple[str, ...]
    is_linked: bool
    machine: int = 0
    interpreter: str = ""


def read_elf(data: bytes) -> Elf:
    """Return what an ELF file imports, each name once and in order of names.

    Raises:
        NotReadableError: damaged, or no ELF file.
    """
    try:
        image = _Image(data)
        if not image.dynamic:
            return Elf((), (), is_linked=False, machine=image.machine)
        needed = tuple(sorted({image.text(value) for tag, value in image.dynamic if tag == _DT_NEEDED}))
        imports = tuple(sorted(set(image.imports())))
        return Elf(imports, needed, is_linked=True, machine=image.machine, interpreter=image.interpreter)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        message = f"damaged ELF file: {error}"
        raise NotReadableError(message) from error


class _Image:
    """The parts of a file that its program headers name."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != MAGIC or len(data) < 52 or data[4] not in {1, 2} or data[5] not in {1, 2}:
            message = "not an ELF file"
            raise NotReadableError(message)
        self._data = data
        self._is_64 = data[4] == 2
        self._order = "<" if data[5] == 1 else ">"
        self._loads: list[tuple[int, int, int]] = []
        self.dynamic: list[tuple[int, int]] = []
        self.interpreter = ""
        (self.machine,) = self._unpack("H", 18)
        self._read_program_headers()
        tags = dict(self.dynamic)
        self._tags = tags
        self._strings = self._offset(tags[_DT_STRTAB]) if _DT_STRTAB in tags else 0
        self._strings_end = self._strings + tags.get(_DT_STRSZ, 0)

    def text(self, offset: int) -> str:
        """Return a name out of the string table."""
        start = self._strings + offset
        if not self._strings <= start < self._strings_end:
            message = "a name lies outside of the string table"
            raise ValueError(message)
        end = self._data.index(b"\0", start, min(self._strings_end, start + _LONGEST_NAME))
        return self._data[start:end].decode("ascii", "backslashreplace")

    def imports(self) -> Iterator[str]:
        """Yield the name of every symbol that has to come from elsewhere."""
        if _DT_SYMTAB not in self._tags:
            return
        # name, info, other, shndx, value, size; or in 32 bits: name, value, size, info, other, shndx
        shape = struct.Struct(self._order + ("IBBHQQ" if self._is_64 else "IIIBBH"))
        start = self._offset(self._tags[_DT_SYMTAB])
        count = self._symbol_count()
        end = start + count * shape.size
        if end > len(self._data):
            message = "the symbol table ends outside of the file"
            raise ValueError(message)
        at = 3 if self._is_64 else 5
        for symbol in shape.iter_unpack(memoryview(self._data)[start:end]):
            if symbol[at] == _SHN_UNDEF and symbol[0]:
                yield self.text(symbol[0])

    def _read_program_headers(self) -> None:
        if self._is_64:
            (offset,) = self._unpack("Q", 32)
            size, count = self._unpack("HH", 54)
            shape = "IIQQQQQQ"  # type, flags, offset, vaddr, paddr, filesz, memsz, align
        else:
            (offset,) = self._unpack("I", 28)
            size, count = self._unpack("HH", 42)
            shape = "IIIIIIII"  # type, offset, vaddr, paddr, filesz, memsz, flags, align
        dynamic = None
        for index in range(count):
            header = self._unpack(shape, offset + index * size)
            kind = header[0]
            at, address, length = (header[2], header[3], header[5]) if self._is_64 else header[1:3] + header[4:5]
            if kind == _PT_LOAD:
                self._loads.append((address, at, length))
            elif kind == _PT_DYNAMIC:
                dynamic = (at, length)
            elif kind == _PT_INTERP:
                self.interpreter = self._data[at : at + length].rstrip(b"\0").decode("ascii", "backslashreplace")
        if dynamic is not None:
            self._read_dynamic(*dynamic)

    def _read_dynamic(self, at: int, length: int) -> None:
        shape = struct.Struct(self._order + ("QQ" if self._is_64 else "II"))
        for offset in range(at, at + length - shape.size + 1, shape.size):
            tag, value = shape.unpack_from(self._data, offset)
            if tag == 0:
                return
            self.dynamic.append((tag, value))

    def _symbol_count(self) -> int:
        """Return how many symbols there are: the table itself does not say, those who point into it do."""
        counts = [0]
        if _DT_HASH in self._tags:
            counts.append(self._unpack("II", self._offset(self._tags[_DT_HASH]))[1])
        if _DT_GNU_HASH in self._tags:
            # Symbols from elsewhere are not hashed, and stand before the first that is.
            counts.append(self._unpack("II", self._offset(self._tags[_DT_GNU_HASH]))[1])
        counts += [index + 1 for index in self._relocated()]
        count = max(counts)
        if count > _MOST_ENTRIES:
            message = f"claims {count} symbols"
            raise ValueError(message)
        return count

    def _relocated(self) -> Iterator[int]:
        """Yield for each table of relocations the highest symbol that it refers to."""
        tags = self._tags
        has_addends = tags.get(_DT_PLTREL, _DT_RELA) == _DT_RELA
        tables = (
            (_DT_RELA, _DT_RELASZ, True),
            (_DT_REL, _DT_RELSZ, False),
            (_DT_JMPREL, _DT_PLTRELSZ, has_addends),
        )
        shift = 32 if self._is_64 else 8
        for start_tag, size_tag, is_rela in tables:
            if start_tag not in tags or not tags.get(size_tag, 0):
                continue
            word = "Q" if self._is_64 else "I"
            shape = struct.Struct(self._order + (f"{word}{word}{word.lower()}" if is_rela else f"{word}{word}"))
            start = self._offset(tags[start_tag])
            length = tags[size_tag] // shape.size * shape.size
            table = memoryview(self._data)[start : start + length]
            if len(table) < length:
                message = "a table of relocations ends outside of the file"
                raise ValueError(message)
            yield max((entry[1] >> shift for entry in shape.iter_unpack(table)), default=0)

    def _offset(self, address: int) -> int:
        for start, at, length in self._loads:
            if start <= address < start + length:
                return at + address - start
        message = "an address lies in no segment"
        raise ValueError(message)

    def _unpack(self, shape: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + shape, self._data, offset)
