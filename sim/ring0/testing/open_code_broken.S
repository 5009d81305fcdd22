// A negative control for check_open_code.py: each function except the last three breaks a rule while user access is
// open. A separate object, which never runs.

  .text
helper:
  ret
  .p2align 4
body_that_calls:
  call helper
  ret
body_with_vectors:
  movups (%rdi), %xmm0
  ret
good_body:
  movq (%rdi), %rax
  ret
axptr_platform_attempt:
  jmp *%rcx

  .globl calls, calls_behind_a_branch, calls_a_pointer, jumps_to_another, has_a_vector, returns, attempts_unknown
calls:
  stac
  call helper
  clac
  ret
calls_behind_a_branch:
  stac
  test %rdi, %rdi
  je 1f
  clac
  ret
1:
  call helper
  clac
  ret
calls_a_pointer:
  stac
  call *%rdi
  clac
  ret
jumps_to_another:
  stac
  jmp helper
has_a_vector:
  stac
  movups %xmm1, (%rdi)
  clac
  ret
returns:
  stac
  ret
attempts_unknown:
  stac
  mov %rdi, %rcx
  call axptr_platform_attempt
  clac
  ret
  .globl attempts, attempts_with_vectors
attempts:
  stac
  lea body_that_calls(%rip), %rcx
  call axptr_platform_attempt
  clac
  ret
attempts_with_vectors:
  stac
  lea body_with_vectors(%rip), %rcx
  call axptr_platform_attempt
  clac
  ret

  .globl good, good_nested, good_attempt
good:
  call helper
  stac
  movq (%rdi), %rax
  clac
  call helper
  ret
good_nested:
  pushfq
  popq %rdx
  stac
  movq (%rdi), %rax
  test $0x40000, %edx
  je 2f
  stac
  call helper
  ret
2:
  clac
  call helper
  ret
good_attempt:
  stac
  lea good_body(%rip), %rcx
  call axptr_platform_attempt
  clac
  ret

  .section .note.GNU-stack, "", @progbits
