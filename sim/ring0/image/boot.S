// Switches from the PVH entry (32 bits, no paging) to ring0_main in long mode, at -2 GiB. Physical memory is
// mapped at 0xffff800000000000 (4 GiB) and at -2 GiB (the first 2 GiB); address 0 is not mapped.
#define BASE 0xffffffff80000000
#define PHYS(symbol) (symbol - BASE)

  .section .note.pvh, "a", @note
  .align 4
  .long 4, 4, 18  // XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long PHYS(boot32)

  .section .boot, "ax"
  .code32
  .globl boot32
boot32:
  cli
  cld
  mov %ebx, PHYS(boot_info)
  mov $PHYS(boot_pd), %edi
  mov $0x83, %eax  // present, writable, 2 MiB
  mov $2048, %ecx
1:
  mov %eax, (%edi)
  movl $0, 4(%edi)
  add $0x200000, %eax
  add $8, %edi
  loop 1b
  mov $PHYS(boot_pd) + 3, %eax
  mov $PHYS(boot_pdpt_direct), %edi
  mov $4, %ecx
2:
  mov %eax, (%edi)
  add $0x1000, %eax
  add $8, %edi
  loop 2b
  movl $(PHYS(boot_pd) + 3), PHYS(boot_pdpt_image) + 510 * 8
  movl $(PHYS(boot_pd) + 0x1003), PHYS(boot_pdpt_image) + 511 * 8
  movl $(PHYS(boot_pdpt_direct) + 3), PHYS(boot_pml4)
  movl $(PHYS(boot_pdpt_direct) + 3), PHYS(boot_pml4) + 256 * 8
  movl $(PHYS(boot_pdpt_image) + 3), PHYS(boot_pml4) + 511 * 8
  mov $0x620, %eax  // PAE, OSFXSR, OSXMMEXCPT
  mov %eax, %cr4
  mov $PHYS(boot_pml4), %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx  // EFER
  rdmsr
  or $0x100, %eax  // LME
  wrmsr
  mov $0x80010033, %eax  // PG, WP, NE, ET, MP, PE
  mov %eax, %cr0
  lgdt PHYS(boot_gdt_pointer)
  ljmp $8, $PHYS(boot64)

  .code64
boot64:
  movabs $boot_high, %rax
  jmp *%rax

  .text
  .macro set_segments
  mov $0x10, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs
  xor %ebp, %ebp
  lgdt boot_gdt_pointer_high(%rip)
  .endm
boot_high:
  set_segments
  mov $boot_stack_end, %rsp
  movq $0, boot_pml4(%rip)
  mov $PHYS(boot_pml4), %rax
  mov %rax, %cr3
  mov boot_info(%rip), %edi
  call ring0_main
3:
  cli
  hlt
  jmp 3b

// The start code of the second processor, in real mode. The image copies this code to a page below 1 MiB. Switches
// directly to long mode, with page tables that map that page (second_pml4).
  .globl second_start, second_start_end
  .code16
second_start:
  cli
  cld
  mov $0x620, %eax  // PAE, OSFXSR, OSXMMEXCPT
  mov %eax, %cr4
  mov $PHYS(second_pml4), %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx  // EFER
  rdmsr
  or $0x100, %eax  // LME
  wrmsr
  lgdtl %cs:(second_gdt_pointer - second_start)
  mov $0x80010033, %eax  // PG, WP, NE, ET, MP, PE
  mov %eax, %cr0
  ljmpl $8, $PHYS(second64)
second_gdt_pointer:
  .word boot_gdt_end - boot_gdt - 1
  .long PHYS(boot_gdt)
second_start_end:

  .code64
second64:
  movabs $second_high, %rax
  jmp *%rax
second_high:
  set_segments
  mov $second_stack_end, %rsp
  mov $PHYS(boot_pml4), %rax
  mov %rax, %cr3
  call ring0_second_main
4:
  cli
  hlt
  jmp 4b

  .data
  .align 8
  .globl boot_gdt
boot_gdt:
  .quad 0
  .quad 0x00af9b000000ffff  // 0x08: kernel code
  .quad 0x00cf93000000ffff  // 0x10: kernel data
  .quad 0x00cff3000000ffff  // 0x1b: user data
  .quad 0x00affb000000ffff  // 0x23: user code
  .quad 0, 0                // 0x28: task state, set by the image
  .quad 0, 0                // 0x38: that of the second processor
boot_gdt_end:
boot_gdt_pointer:
  .word boot_gdt_end - boot_gdt - 1
  .long PHYS(boot_gdt)
  .align 8
boot_gdt_pointer_high:
  .word boot_gdt_end - boot_gdt - 1
  .quad boot_gdt

  .bss
  .align 4096
  .globl boot_pml4
boot_pml4: .skip 4096
  .globl second_pml4
second_pml4: .skip 4096
boot_pdpt_direct: .skip 4096
boot_pdpt_image: .skip 4096
boot_pd: .skip 4 * 4096
second_stack: .skip 262144
second_stack_end:
boot_stack: .skip 262144
  .globl boot_stack_end
boot_stack_end:
  .globl boot_info
boot_info: .skip 8

  .section .note.GNU-stack, "", @progbits
