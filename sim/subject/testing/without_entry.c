/* A shared object that is no subject. */
int answer(void);
int answer(void) { return 42; }
