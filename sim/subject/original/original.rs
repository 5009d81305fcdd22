//! The library of `axptr.rs` as a subject of the simulator (`sim/subject/subject.h`).
#![no_std]

mod axptr;
mod boundary;

use axptr::{
    AddrSpace, AddrSpaceProvider, LinuxError, LinuxResult, MappingFlags, UserConstPtr, UserPtr,
    UserValue, VirtAddrRange,
};
use boundary::*;
use core::sync::atomic::{AtomicPtr, Ordering};

// ---- The kernel below the library: the machine.

static MACHINE: AtomicPtr<axptr_machine> = AtomicPtr::new(core::ptr::null_mut());

extern "C" fn attach(machine: *const axptr_machine) {
    MACHINE.store(machine as *mut axptr_machine, Ordering::Relaxed);
}

fn machine() -> &'static axptr_machine {
    // Sound: attach is called first, with a machine that stays valid for ever.
    unsafe { &*MACHINE.load(Ordering::Relaxed) }
}

fn result_of(error: i32) -> LinuxResult<()> {
    if error == 0 {
        Ok(())
    } else {
        Err(LinuxError(-error))
    }
}

// The bits of rights are equal on both sides.
const _: () = assert!(MappingFlags::READ.0 == AXPTR_READ);
const _: () = assert!(MappingFlags::READ_WRITE.0 == AXPTR_READ | AXPTR_WRITE);

/// The address space of the current process, while it is locked.
struct Space;

impl AddrSpace for Space {
    fn check_region_access(&self, range: VirtAddrRange, flags: MappingFlags) -> bool {
        (machine().check)(range.start.as_usize() as u64, range.size() as u64, flags.0)
    }

    fn populate_area(&mut self, range: VirtAddrRange, flags: MappingFlags) -> LinuxResult<()> {
        result_of((machine().populate)(
            range.start.as_usize() as u64,
            range.size() as u64,
            flags.0,
        ))
    }
}

struct CurrentProcess;

impl AddrSpaceProvider for CurrentProcess {
    type Space = Space;

    fn with_addr_space<R>(
        self,
        f: impl FnOnce(&mut Space) -> LinuxResult<R>,
    ) -> LinuxResult<R> {
        result_of((machine().lock)())?;
        let result = f(&mut Space);
        (machine().unlock)();
        result
    }
}

/// A panic of the kernel: loads from a page that is never mapped. The machine reports the fault and
/// abandons the call. No abandoned frame owns a resource.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    const NOBODYS: usize = 16;
    loop {
        unsafe { (NOBODYS as *const u8).read_volatile() };
    }
}

/// The symbol that compiler-generated code refers to for unwinding. This program never unwinds.
#[no_mangle]
extern "C" fn rust_eh_personality() {}

// ---- Elements: maps the size and alignment of the header to types of the library.

macro_rules! integers {
    ($($integer:ty)*) => {
        $(impl UserValue for $integer {
            unsafe fn read_user(from: *const Self) -> Self {
                from.read_volatile()
            }
        })*
    };
}
integers!(u8 u16 u32 u64);

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Array<T, const N: usize>([T; N]);

impl<T: Default + Copy, const N: usize> Default for Array<T, N> {
    fn default() -> Self {
        Array([T::default(); N])
    }
}

impl<T: UserValue + Copy, const N: usize> UserValue for Array<T, N> {
    unsafe fn read_user(from: *const Self) -> Self {
        let mut value = Self::default();
        for i in 0..N {
            value.0[i] = T::read_user(from.cast::<T>().add(i));
        }
        value
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(4096))]
struct Page(Array<u8, 4096>);

impl UserValue for Page {
    unsafe fn read_user(from: *const Self) -> Self {
        Page(UserValue::read_user(from.cast()))
    }
}

struct ElementType {
    size: usize,
    align: usize,
    value: fn(usize, bool) -> LinuxResult<axptr_lent>,
    slice: fn(usize, usize, bool) -> LinuxResult<axptr_lent>,
    terminated: fn(usize, bool) -> LinuxResult<axptr_lent>,
}

const fn element_type<T: UserValue>() -> ElementType {
    ElementType {
        size: core::mem::size_of::<T>(),
        align: core::mem::align_of::<T>(),
        value: value::<T>,
        slice: slice::<T>,
        terminated: terminated::<T>,
    }
}

/// The element types of the simulator.
static ELEMENT_TYPES: [ElementType; 11] = [
    element_type::<u8>(),
    element_type::<u16>(),
    element_type::<u32>(),
    element_type::<u64>(),
    element_type::<Array<u32, 3>>(),
    element_type::<Array<u64, 3>>(),
    element_type::<Array<u8, 3>>(),
    element_type::<Array<u8, 4096>>(),
    element_type::<Array<u64, 512>>(),
    element_type::<Array<u64, 1024>>(),
    element_type::<Page>(),
];

fn find_type(element: axptr_element) -> Option<&'static ElementType> {
    ELEMENT_TYPES.iter().find(|known| (known.size, known.align) == (element.size, element.align))
}

fn value<T>(start: usize, writable: bool) -> LinuxResult<axptr_lent> {
    if writable {
        UserPtr::<T>::from(start).get(CurrentProcess).map(|one| lent(one, 1))
    } else {
        UserConstPtr::<T>::from(start).get(CurrentProcess).map(|one| lent(one, 1))
    }
}

fn slice<T>(start: usize, count: usize, writable: bool) -> LinuxResult<axptr_lent> {
    if writable {
        UserPtr::<T>::from(start).get_as_slice(CurrentProcess, count).map(|all| lent_slice(all))
    } else {
        UserConstPtr::<T>::from(start).get_as_slice(CurrentProcess, count).map(lent_slice)
    }
}

fn terminated<T: UserValue>(start: usize, writable: bool) -> LinuxResult<axptr_lent> {
    if writable {
        UserPtr::<T>::from(start).get_as_null_terminated(CurrentProcess).map(|all| lent_slice(all))
    } else {
        UserConstPtr::<T>::from(start).get_as_null_terminated(CurrentProcess).map(lent_slice)
    }
}

fn lent<T>(start: *const T, count: usize) -> axptr_lent {
    axptr_lent { start: start as u64, count }
}

fn lent_slice<T>(slice: &[T]) -> axptr_lent {
    lent(slice.as_ptr(), slice.len())
}

// ---- The functions of the header.

/// Sets `*to`. The result is 0 or a negated errno number.
fn hand_out(result: LinuxResult<axptr_lent>, to: *mut axptr_lent) -> i32 {
    match result {
        Ok(lent) => {
            unsafe { to.write(lent) };
            0
        }
        Err(LinuxError(number)) => -number,
    }
}

fn is_writable(rights: u32) -> bool {
    rights & AXPTR_WRITE != 0
}

extern "C" fn faults_allowed() -> bool {
    axptr::is_accessing_user_memory()
}

extern "C" fn allow_faults(allowed: bool) {
    axptr::set_accessing_user_memory(allowed);
}

extern "C" fn takes_element(element: axptr_element) -> bool {
    find_type(element).is_some()
}

extern "C" fn lend_value(
    start: u64,
    element: axptr_element,
    rights: u32,
    to: *mut axptr_lent,
) -> i32 {
    let known = find_type(element).expect("takes_element says which there are");
    hand_out((known.value)(start as usize, is_writable(rights)), to)
}

extern "C" fn lend_slice(
    start: u64,
    element: axptr_element,
    count: usize,
    rights: u32,
    to: *mut axptr_lent,
) -> i32 {
    let known = find_type(element).expect("takes_element says which there are");
    hand_out((known.slice)(start as usize, count, is_writable(rights)), to)
}

extern "C" fn lend_terminated(
    start: u64,
    element: axptr_element,
    rights: u32,
    to: *mut axptr_lent,
) -> i32 {
    let known = find_type(element).expect("takes_element says which there are");
    hand_out((known.terminated)(start as usize, is_writable(rights)), to)
}

extern "C" fn lend_text(start: u64, to: *mut axptr_lent) -> i32 {
    let text = UserConstPtr::<i8>::from(start as usize).get_as_str(CurrentProcess);
    hand_out(text.map(|text| lent_slice(text.as_bytes())), to)
}

static SUBJECT: axptr_subject = axptr_subject {
    abi: AXPTR_SUBJECT_ABI,
    size_bytes: core::mem::size_of::<axptr_subject>() as u32,
    name: b"original\0".as_ptr(),
    reports_loads: false,
    attach,
    faults_allowed,
    allow_faults,
    takes_element,
    lend_value,
    lend_slice,
    lend_terminated,
    lend_text,
    copy_text: None,
    access_value: None,
    access_slice: None,
    with_faults_allowed: None,
    copy_in: None,
    copy_from_user: None,
    reports_stores: false,
    find_fixup: None,
    copy_out: None,
    copy_to_user: None,
    zero: None,
    clear_user: None,
    contract: b"original\0".as_ptr(),
    copying: core::ptr::null(),
    switching: core::ptr::null(),
    counts_exactly: false,
    user_start: 0,
    user_end: 0,
};

#[no_mangle]
pub extern "C" fn axptr_subject_entry() -> *const axptr_subject {
    &SUBJECT
}
