// The program that carries the precompiled header of all tests. It has no tests of its own.
