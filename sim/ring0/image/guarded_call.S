// Calls a function of the subject. Its arguments are in their registers, and at most four words of
// them on the stack. Fills the registers that the function must preserve with unlikely patterns.

  .text
  .globl ring0_guarded_call
ring0_guarded_call:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  pushq ring0_guard(%rip)  // of the enclosing call
  pushfq
  pushq ring0_guard + 88(%rip)
  .rept 4
  pushq 104(%rsp)
  .endr
  mov %rsp, ring0_guard(%rip)
  movabs $0xb1b1b1b1b1b1b1b1, %rbx
  movabs $0xb2b2b2b2b2b2b2b2, %rbp
  movabs $0xb3b3b3b3b3b3b3b3, %r12
  movabs $0xb4b4b4b4b4b4b4b4, %r13
  movabs $0xb5b5b5b5b5b5b5b5, %r14
  movabs $0xb6b6b6b6b6b6b6b6, %r15
  mov %rdx, %r10
  rdtsc
  mov %eax, ring0_guard + 88(%rip)
  mov %edx, ring0_guard + 92(%rip)
  mov %r10, %rdx
  call *ring0_guard + 8(%rip)
  pushfq
  popq ring0_guard + 72(%rip)
  cld
  mov %rax, %r10
  mov %rdx, %r11
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  sub ring0_guard + 88(%rip), %rax
  mov %rax, ring0_guard + 96(%rip)
  mov %r10, %rax
  mov %r11, %rdx
  mov %rbx, ring0_guard + 16(%rip)
  mov %rbp, ring0_guard + 24(%rip)
  mov %r12, ring0_guard + 32(%rip)
  mov %r13, ring0_guard + 40(%rip)
  mov %r14, ring0_guard + 48(%rip)
  mov %r15, ring0_guard + 56(%rip)
  mov %rsp, ring0_guard + 64(%rip)
  mov ring0_guard(%rip), %rsp
  sub %rsp, ring0_guard + 64(%rip)
  add $32, %rsp
  popq ring0_guard + 88(%rip)
  popq ring0_guard + 80(%rip)
  popq ring0_guard(%rip)
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret

// void ring0_bare_move(to, from, size): a kernel's plain copy, whose fixup costs nothing.
  .globl ring0_bare_move
ring0_bare_move:
  mov %rdx, %rcx
  stac
  rep movsb
  clac
  ret
  .globl ring0_bare_nothing
ring0_bare_nothing:
  ret

  .section .note.GNU-stack, "", @progbits
