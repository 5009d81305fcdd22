// void ring0_unruly_copy_in(to: rdi, start: rsi, size: rdx, moved: rcx). Misbehaviour after the copy, by size:
//   1 to 6  another value in rbx, rbp, r12, r13, r14, r15
//   7       a stack pointer that is 16 bytes too low
//   8 to 10 RFLAGS.IF, DF, AC set
// and instead of a copy:
//   11      a correct copy, but with a stack pointer that is not a multiple of 16
//   12      a load of user memory with AC clear
//   13      a jump to user memory

  .text
  .globl ring0_unruly_copy_in
ring0_unruly_copy_in:
  cmp $12, %rdx
  je 12f
  cmp $13, %rdx
  je 13f
  push %rdx
  cmp $11, %rdx
  je 11f
  call *ring0_ruly_copy_in(%rip)
  pop %rdx
  dec %rdx
  cmp $10, %rdx
  jae 14f
  lea 1f(%rip), %rcx
  shl $4, %rdx
  add %rdx, %rcx
  jmp *%rcx
  .align 16
1:
  inc %rbx
  ret
  .align 16
  inc %rbp
  ret
  .align 16
  inc %r12
  ret
  .align 16
  inc %r13
  ret
  .align 16
  inc %r14
  ret
  .align 16
  inc %r15
  ret
  .align 16
  pop %rcx
  sub $16, %rsp
  jmp *%rcx
  .align 16
  sti
  ret
  .align 16
  std
  ret
  .align 16
  stac
  ret
11:
  sub $8, %rsp
  call *ring0_ruly_copy_in(%rip)
  add $16, %rsp
14:
  ret
12:
  movb (%rsi), %al
  ret
13:
  jmp *%rsi

  .section .note.GNU-stack, "", @progbits
