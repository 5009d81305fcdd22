// Trap entries, calls that can be abandoned, and the code that runs in ring 3.

  .text
  .altmacro
  .macro trap_entry number
  .align 16
  .if (\number == 8) || (\number >= 10 && \number <= 14) || (\number == 17)
  .else
  pushq $0
  .endif
  pushq $\number
  jmp trap_common
  .endm

  .globl trap_entries
  .align 16
trap_entries:
  .set number, 0
  .rept 35
  trap_entry %number
  .set number, number + 1
  .endr

trap_common:
  // The processor keeps AC at an exception. Therefore the entry closes user access first; iretq restores AC.
  cmpb $0, ring0_handler_stays_open(%rip)
  jne 1f
  clac
1:
  cld
  push %r15
  push %r14
  push %r13
  push %r12
  push %r11
  push %r10
  push %r9
  push %r8
  push %rbp
  push %rdi
  push %rsi
  push %rdx
  push %rcx
  push %rbx
  push %rax
  mov %rsp, %rdi
  mov %rsp, %rbx
  and $-16, %rsp
  call ring0_trap
  mov %rbx, %rsp
  pop %rax
  pop %rbx
  pop %rcx
  pop %rdx
  pop %rsi
  pop %rdi
  pop %rbp
  pop %r8
  pop %r9
  pop %r10
  pop %r11
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  add $16, %rsp
  iretq

// bool ring0_call(Frame* frame, void (*body)(void*), void* argument): true when body returns, false
// when it was abandoned. The frame's first field is the stack pointer for the abandoned case.
  .globl ring0_call
ring0_call:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rax
  mov %rdx, %rdi
  sub $8, %rsp
  call *%rax
  add $8, %rsp
  mov $1, %eax
2:
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .globl ring0_abandoned
ring0_abandoned:  // rsp: the stack pointer of the frame
  xor %eax, %eax
  jmp 2b

// [[noreturn]] void ring0_jump(Frame* frame)
  .globl ring0_jump
ring0_jump:
  mov (%rdi), %rsp
  cld
  jmp ring0_abandoned

// bool ring0_user_touch(Frame* frame, address, bits, trap_stack): loads the byte at `address` in ring 3,
// or flips `bits` of the byte if `bits` is 0 to 255. False: a fault ended the touch. Sets *trap_stack, the stack
// pointer that the processor loads for traps from ring 3, to the current stack, so that a touch may be made inside
// the handling of another touch's fault.
  .globl ring0_user_touch
ring0_user_touch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsp, (%rcx)
  mov %rsi, %rdi
  mov %rdx, %rsi
  pushq $0x1b
  pushq $0
  pushq $2
  pushq $0x23
  pushq $0x400000
  iretq
  .globl ring0_user_done
ring0_user_done:  // rsp: the stack pointer of the frame
  mov $1, %eax
  jmp 2b

  .section .user, "ax"
  .align 4096
  .globl user_page
user_page:
  mov %rsi, %rdx
  cmp $255, %rdx
  ja 3f
  lock xorb %dl, (%rdi)
  int $0x80
3:
  movb (%rdi), %al
  int $0x80
  .align 4096

  .section .note.GNU-stack, "", @progbits
