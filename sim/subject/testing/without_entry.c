/* A shared object without the entry function of a subject. */
int answer(void);
int answer(void) { return 42; }
