"""Reading in compiled loops: the same results as the functions of arrays beside this package, sooner.

Loops run over the bytes of Arrow columns and of files. Import nothing from here where
:func:`sentiment.text.block.compiling.can_compile` says no; loading them takes as long as reading some 50,000
posts without, so that small runs do not.
"""
