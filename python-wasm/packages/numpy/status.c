// The status of floating-point arithmetic (C11, 7.6), as far as there is one.
//
// WebAssembly's arithmetic raises no flags, and wasi-libc has none. numpy raises some by itself, as for a division of
// integers by zero or a cast that overflows, and asks for them afterwards: those are kept here.

static int raised;

int feclearexcept(int flags)
{
    raised &= ~flags;
    return 0;
}

int feraiseexcept(int flags)
{
    raised |= flags;
    return 0;
}

int fetestexcept(int flags)
{
    return raised & flags;
}
