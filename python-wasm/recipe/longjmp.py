"""setjmp and longjmp of packages in C, without WebAssembly's exceptions.

Debian's clang makes exceptions of their older form only, and not every engine that a component is to run on
has those of the newer one. So they are compiled as for Emscripten without exceptions: a function with a
setjmp calls what may jump by way of functions named for its type, `invoke_iii`, that stop at a jump.
Emscripten has them in JavaScript; here they are in C, and the joining lets jumps come that far.
"""

import re

from .base import ROOM, RecipeError, output_of, run

FOLDER = ROOM / "longjmp"
FLAGS = ["-mllvm", "-enable-emscripten-sjlj", f"-isystem{FOLDER}"]
#: What the joining has to know.
EXPORTS = ["emscripten_longjmp", "__THREW__"]
TYPES = {"v": "void", "i": "int", "j": "long long", "f": "float", "d": "double"}
INVOKE = """
VISIBLE {result} {name}({result} (*called)({types}){parameters})
{{
    void *stack;
    __asm__ volatile("global.get __stack_pointer\\n\\tlocal.set %0" : "=r"(stack));
    {assign}called({arguments});
    if (__THREW__)
        __asm__ volatile("local.get %0\\n\\tglobal.set __stack_pointer" : : "r"(stack));
    {give}
}}
"""


def files():
    return sorted(FOLDER.iterdir())


def add_runtime(build, flags, products, work):
    """Compiles what the objects call of it, and returns the names that are to be exported."""
    names = called(build, products)
    source, product = work / "longjmp.c", work / "longjmp.o"
    source.write_text((FOLDER / "longjmp.c").read_text() + "".join(invoke(name) for name in names))
    # The compiler must not take its own functions for setjmp's.
    run([*build.toolchain()["cc"], *flags, "-c", source, "-o", product], cwd=work, log=build.log)
    products.append(product)
    return [*EXPORTS, *names]


def called(build, products):
    """The functions that stop at jumps, as far as the objects call them."""
    listed = output_of([*build.toolchain()["nm"], "--undefined-only", "--just-symbol-name", *products])
    if listed is None:
        raise RecipeError("the objects' symbols cannot be listed")
    return sorted(set(re.findall(r"^invoke_[vijfd]+$", listed, re.MULTILINE)))


def invoke(name):
    result, *of = [TYPES[letter] for letter in name.removeprefix("invoke_")]
    nothing = result == "void"
    return INVOKE.format(
        result=result,
        name=name,
        types=", ".join(of) or "void",
        parameters="".join(f", {kind} a{number}" for number, kind in enumerate(of)),
        arguments=", ".join(f"a{number}" for number in range(len(of))),
        assign="" if nothing else f"{result} given = ",
        give="return;" if nothing else "return given;",
    )
