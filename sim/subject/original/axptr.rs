//! The design of the library that ours comes from: a user pointer is checked, and the memory that
//! it points to is returned as a reference. Numbers in comments are those of the deviations in
//! `docs/semantics.md`: the known defects of the original, which this file has too.
use core::alloc::Layout;
use core::ops::{Add, AddAssign};
use core::sync::atomic::{compiler_fence, AtomicBool, Ordering};

pub const PAGE_SIZE: usize = 4096;

/// An error number of Linux, positive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinuxError(pub i32);

impl LinuxError {
    pub const EFAULT: LinuxError = LinuxError(14);
    pub const EILSEQ: LinuxError = LinuxError(84);
}

pub type LinuxResult<T> = Result<T, LinuxError>;

/// Rights to memory, as a set of bits. USER is not among them (13).
#[derive(Clone, Copy)]
pub struct MappingFlags(pub u32);

impl MappingFlags {
    pub const READ: MappingFlags = MappingFlags(1);
    pub const READ_WRITE: MappingFlags = MappingFlags(3);
}

// ---- Addresses. A sum that wraps is a panic (2, 3).

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VirtAddr(usize);

impl VirtAddr {
    pub fn as_usize(self) -> usize {
        self.0
    }

    fn of<T>(place: *const T) -> VirtAddr {
        VirtAddr(place as usize)
    }

    fn align_down_4k(self) -> VirtAddr {
        VirtAddr(self.0 & !(PAGE_SIZE - 1))
    }

    fn align_up_4k(self) -> VirtAddr {
        (self + (PAGE_SIZE - 1)).align_down_4k()
    }
}

impl Add<usize> for VirtAddr {
    type Output = VirtAddr;

    fn add(self, bytes: usize) -> VirtAddr {
        VirtAddr(self.0.checked_add(bytes).expect("an address past the last one"))
    }
}

impl AddAssign<usize> for VirtAddr {
    fn add_assign(&mut self, bytes: usize) {
        *self = *self + bytes;
    }
}

/// The addresses of [start, end).
#[derive(Clone, Copy)]
pub struct VirtAddrRange {
    pub start: VirtAddr,
    pub end: VirtAddr,
}

impl VirtAddrRange {
    pub fn from_start_size(start: VirtAddr, size: usize) -> VirtAddrRange {
        VirtAddrRange { start, end: start + size }
    }

    pub fn size(&self) -> usize {
        self.end.0 - self.start.0
    }
}

// ---- The interface of a kernel.

pub trait AddrSpace {
    /// Whether all of the range is mapped with all of the rights.
    fn check_region_access(&self, range: VirtAddrRange, flags: MappingFlags) -> bool;

    /// Populates the pages of the range. Both ends are page-aligned.
    fn populate_area(&mut self, range: VirtAddrRange, flags: MappingFlags) -> LinuxResult<()>;
}

pub trait AddrSpaceProvider {
    type Space: AddrSpace;

    /// Calls `f` with the locked address space. A refused lock is an error.
    fn with_addr_space<R>(
        self,
        f: impl FnOnce(&mut Self::Space) -> LinuxResult<R>,
    ) -> LinuxResult<R>;
}

// ---- The user-access flag: if it is set, the page-fault handler expects a fault.

static ACCESSING_USER_MEM: AtomicBool = AtomicBool::new(false);

pub fn is_accessing_user_memory() -> bool {
    ACCESSING_USER_MEM.load(Ordering::Relaxed)
}

pub fn set_accessing_user_memory(accessing: bool) {
    compiler_fence(Ordering::SeqCst);
    ACCESSING_USER_MEM.store(accessing, Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
}

/// Runs `f` with the flag set, and then clears the flag: calls do not nest (8), and if `f` never
/// returns, the flag stays set (7).
fn access_user_memory<R>(f: impl FnOnce() -> R) -> R {
    set_accessing_user_memory(true);
    let result = f();
    set_accessing_user_memory(false);
    result
}

// ---- Checks.

fn is_aligned(start: VirtAddr, align: usize) -> bool {
    start.as_usize() & (align - 1) == 0
}

/// The layout of `length` elements. Panics for more than isize::MAX bytes (1). (Layout::array has
/// the same limit, but before Rust 1.65 it permits twice as many.)
fn array_layout<T>(length: usize) -> Layout {
    let size = core::mem::size_of::<T>().checked_mul(length).expect("more bytes than there are");
    assert!(size <= isize::MAX as usize, "more bytes than an object can have");
    Layout::from_size_align(size, core::mem::align_of::<T>()).expect("no such layout")
}

/// Checks alignment and permission, and populates. An empty range is checked like any other (12).
fn check_region(
    aspace: &mut impl AddrSpace,
    start: VirtAddr,
    layout: Layout,
    flags: MappingFlags,
) -> LinuxResult<()> {
    if !is_aligned(start, layout.align()) {
        return Err(LinuxError::EFAULT);
    }
    let range = VirtAddrRange::from_start_size(start, layout.size());
    if !aspace.check_region_access(range, flags) {
        return Err(LinuxError::EFAULT);
    }
    let pages = VirtAddrRange { start: start.align_down_4k(), end: range.end.align_up_4k() };
    aspace.populate_area(pages, flags)
}

/// A type whose values can be read from user memory and compared.
pub trait UserValue: Eq + Default {
    /// Reads the value at `from`, in ascending order. `from` is aligned, and the load may fault.
    ///
    /// # Safety
    /// A fault at `from` is either resolved, or abandons this function.
    unsafe fn read_user(from: *const Self) -> Self;
}

/// The number of elements from `start` up to the first whose bytes are all zero.
///
/// Runs under the lock, which the page-fault handler needs too (5). A page is checked only when an
/// element begins in it or after it, although an element may extend into the next page (6).
fn check_null_terminated<T: UserValue>(
    aspace: &mut impl AddrSpace,
    start: *const T,
    flags: MappingFlags,
) -> LinuxResult<usize> {
    let address = VirtAddr::of(start);
    if !is_aligned(address, core::mem::align_of::<T>()) {
        return Err(LinuxError::EFAULT);
    }
    let mut page = address.align_down_4k();
    let mut length = 0;
    access_user_memory(|| loop {
        let element = start.wrapping_add(length);
        while VirtAddr::of(element) >= page {
            if !aspace.check_region_access(VirtAddrRange::from_start_size(page, PAGE_SIZE), flags) {
                return Err(LinuxError::EFAULT);
            }
            page += PAGE_SIZE;
        }
        if unsafe { T::read_user(element) } == T::default() {
            return Ok(length);
        }
        length += 1;
    })
}

// ---- User pointers. The returned memory may be unmapped when it is used (4).

/// A pointer to a `T` that the user has READ and WRITE for.
#[repr(transparent)]
pub struct UserPtr<T>(*mut T);

impl<T> From<usize> for UserPtr<T> {
    fn from(address: usize) -> Self {
        UserPtr(address as *mut T)
    }
}

impl<T> UserPtr<T> {
    const ACCESS_FLAGS: MappingFlags = MappingFlags::READ_WRITE;

    pub fn get(&mut self, aspace: impl AddrSpaceProvider) -> LinuxResult<&mut T> {
        check_region_with(aspace, VirtAddr::of(self.0), Layout::new::<T>(), Self::ACCESS_FLAGS)?;
        Ok(unsafe { &mut *self.0 })
    }

    pub fn get_as_slice(
        &mut self,
        aspace: impl AddrSpaceProvider,
        length: usize,
    ) -> LinuxResult<&mut [T]> {
        let layout = array_layout::<T>(length);
        check_region_with(aspace, VirtAddr::of(self.0), layout, Self::ACCESS_FLAGS)?;
        Ok(unsafe { core::slice::from_raw_parts_mut(self.0, length) })
    }

    /// Checks for WRITE, but does not populate pages for it (16).
    pub fn get_as_null_terminated(
        &mut self,
        aspace: impl AddrSpaceProvider,
    ) -> LinuxResult<&mut [T]>
    where
        T: UserValue,
    {
        let length = aspace
            .with_addr_space(|space| check_null_terminated(space, self.0, Self::ACCESS_FLAGS))?;
        Ok(unsafe { core::slice::from_raw_parts_mut(self.0, length) })
    }
}

/// A pointer to a `T` that the user has READ for.
#[repr(transparent)]
pub struct UserConstPtr<T>(*const T);

impl<T> From<usize> for UserConstPtr<T> {
    fn from(address: usize) -> Self {
        UserConstPtr(address as *const T)
    }
}

impl<T> UserConstPtr<T> {
    const ACCESS_FLAGS: MappingFlags = MappingFlags::READ;

    pub fn cast<U>(self) -> UserConstPtr<U> {
        UserConstPtr(self.0 as *const U)
    }

    pub fn get(&self, aspace: impl AddrSpaceProvider) -> LinuxResult<&T> {
        check_region_with(aspace, VirtAddr::of(self.0), Layout::new::<T>(), Self::ACCESS_FLAGS)?;
        Ok(unsafe { &*self.0 })
    }

    pub fn get_as_slice(
        &self,
        aspace: impl AddrSpaceProvider,
        length: usize,
    ) -> LinuxResult<&[T]> {
        let layout = array_layout::<T>(length);
        check_region_with(aspace, VirtAddr::of(self.0), layout, Self::ACCESS_FLAGS)?;
        Ok(unsafe { core::slice::from_raw_parts(self.0, length) })
    }

    pub fn get_as_null_terminated(&self, aspace: impl AddrSpaceProvider) -> LinuxResult<&[T]>
    where
        T: UserValue,
    {
        let length = aspace
            .with_addr_space(|space| check_null_terminated(space, self.0, Self::ACCESS_FLAGS))?;
        Ok(unsafe { core::slice::from_raw_parts(self.0, length) })
    }
}

impl UserConstPtr<i8> {
    /// The text is validated in user memory, where the user can still change it (9), with the flag
    /// clear. All of the text is read before the validation.
    pub fn get_as_str(self, aspace: impl AddrSpaceProvider) -> LinuxResult<&'static str> {
        let bytes = self.cast::<u8>();
        let slice = bytes.get_as_null_terminated(aspace)?;
        let text = unsafe { core::slice::from_raw_parts(slice.as_ptr(), slice.len()) };
        for byte in text {
            unsafe { u8::read_user(byte) };
        }
        core::str::from_utf8(text).map_err(|_| LinuxError::EILSEQ)
    }
}

/// The lock is taken before any argument is checked (17).
fn check_region_with(
    aspace: impl AddrSpaceProvider,
    start: VirtAddr,
    layout: Layout,
    flags: MappingFlags,
) -> LinuxResult<()> {
    aspace.with_addr_space(|space| check_region(space, start, layout, flags))
}
