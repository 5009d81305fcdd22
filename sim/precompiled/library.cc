// The source that carries the precompiled header of the simulator's libraries.
