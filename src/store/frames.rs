//! The frames of a commit reach the write-ahead log in one piece.
//!
//! SQLite writes each frame with two calls of the system, one for its header and one for its page: some fifty for a
//! commit of ten requests, and the calls cost more than the bytes. Inside of [`in_one_piece`] frames are gathered, and
//! such a commit takes two: everything before its last page, and that page.
//!
//! This is a shim over the system's own VFS (<https://www.sqlite.org/vfs.html>, section 2.3), and all it changes is how
//! a log is written; databases, their locks and their shared memory are the system's. The log gets the bytes, the
//! places and the order that SQLite chose, and a process that ends before its time leaves what it would have left
//! without: frames that no commit follows, which nobody reads (<https://www.sqlite.org/walformat.html>, section 4.4).
//! Frames are held back
//!
//! * inside of a COMMIT only, while this connection has the lock for writing;
//! * until the header of the frame that commits, at the latest: before the log is synced, and before the index tells
//!   any connection of them;
//! * never over a call by which this connection reads, measures, cuts or syncs the log.

// SQLite calls this module, and its interface is C's: the only place of the crate without the compiler's guarantees.
#![allow(unsafe_code)]

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    ptr, slice,
    sync::OnceLock,
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use super::Error;

/// What the VFS is called among those of the process.
const NAME: &CStr = c"bkend";

/// Bytes of a frame's header (<https://www.sqlite.org/walformat.html>, section 4.1).
const HEADER: usize = 24;

/// Where a frame's header has the size of the database after the commit that it ends; others have zero there.
const COMMITS: std::ops::Range<usize> = 4..8;

/// Bytes in one piece, at most. The VFS for Unix takes fewer than 128 KiB at once, and SQLite never asks for more than
/// a page of 64.
const PIECE: usize = (128 << 10) - 1;

thread_local! {
    static GATHERED: RefCell<Gathered> = const { RefCell::new(Gathered::new()) };
}

/// The methods of a log: the system's, and those with ours among them.
static METHODS: OnceLock<Methods> = OnceLock::new();

struct Methods {
    system: &'static sqlite3_io_methods,
    own: sqlite3_io_methods,
}

/// The name to open a connection with whose commits are to go out in one piece.
pub(super) fn vfs() -> Result<&'static CStr, Error> {
    static REGISTERED: OnceLock<c_int> = OnceLock::new();
    match *REGISTERED.get_or_init(register) {
        ffi::SQLITE_OK => Ok(NAME),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

fn register() -> c_int {
    // SAFETY: the default VFS is there from the first call on and as long as the process is. So is its copy, which is
    // leaked, and whose functions know no difference: what they need of a VFS is copied with them.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        if system.is_null() {
            return ffi::SQLITE_ERROR;
        }
        let own = sqlite3_vfs { zName: NAME.as_ptr(), pNext: ptr::null_mut(), xOpen: Some(open), ..*system };
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(own)), 0)
    }
}

/// Runs a COMMIT of a connection that was opened with [`vfs`].
pub(super) fn in_one_piece<T>(commit: impl FnOnce() -> T) -> T {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            // What is left is of a commit that failed before its last frame.
            GATHERED.with_borrow_mut(|gathered| {
                gathered.is_gathering = false;
                gathered.bytes.clear();
            });
        }
    }
    GATHERED.with_borrow_mut(|gathered| gathered.is_gathering = true);
    let _end = End;
    commit()
}

/// Frames that follow one another in a log, and are not in it yet.
struct Gathered {
    is_gathering: bool,
    log: *mut sqlite3_file,
    offset: i64,
    bytes: Vec<u8>,
}

impl Gathered {
    const fn new() -> Self {
        Self { is_gathering: false, log: ptr::null_mut(), offset: 0, bytes: Vec::new() }
    }

    /// # Safety
    /// `log` is an open file of the system's VFS.
    unsafe fn write(&mut self, log: *mut sqlite3_file, bytes: &[u8], offset: i64) -> c_int {
        let follows = self.log == log && i64::try_from(self.bytes.len()).is_ok_and(|had| self.offset + had == offset);
        if !follows || self.bytes.len() + bytes.len() > PIECE {
            // SAFETY: what is gathered is gathered inside of a COMMIT, by whose connection its log is open.
            let code = unsafe { self.flush() };
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        let is_header = bytes.len() == HEADER;
        if !self.is_gathering || (self.bytes.is_empty() && !is_header) {
            // SAFETY: the caller's promise.
            return unsafe { write_through(log, bytes, offset) };
        }
        if self.bytes.is_empty() {
            (self.log, self.offset) = (log, offset);
        }
        self.bytes.extend_from_slice(bytes);
        if is_header && bytes[COMMITS] != [0; 4] {
            // SAFETY: the caller's promise.
            return unsafe { self.flush() };
        }
        ffi::SQLITE_OK
    }

    /// # Safety
    /// The log is still open if anything is gathered.
    unsafe fn flush(&mut self) -> c_int {
        if self.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        // SAFETY: the caller's promise.
        let code = unsafe { write_through(self.log, &self.bytes, self.offset) };
        self.bytes.clear();
        code
    }
}

/// # Safety
/// `log` is an open file of the system's VFS.
unsafe fn write_through(log: *mut sqlite3_file, bytes: &[u8], offset: i64) -> c_int {
    match (METHODS.get().and_then(|methods| methods.system.xWrite), c_int::try_from(bytes.len())) {
        // SAFETY: the caller's promise; the pointer and the length are those of a slice.
        (Some(write), Ok(length)) => unsafe { write(log, bytes.as_ptr().cast(), length, offset) },
        _ => ffi::SQLITE_IOERR_WRITE,
    }
}

/// What is gathered goes to the log first, and then `call` to the system.
fn after_flush(call: impl FnOnce(&sqlite3_io_methods) -> Option<c_int>) -> c_int {
    // A connection that is closed while its thread ends finds nothing gathered.
    // SAFETY: what is gathered is gathered inside of a COMMIT, by whose connection its log is open.
    match GATHERED.try_with(|gathered| unsafe { gathered.borrow_mut().flush() }) {
        Ok(ffi::SQLITE_OK) | Err(_) => {
            METHODS.get().and_then(|methods| call(methods.system)).unwrap_or(ffi::SQLITE_IOERR)
        }
        Ok(code) => code,
    }
}

// SAFETY, of all that follows: SQLite calls them as its documentation of `sqlite3_vfs` and `sqlite3_io_methods` says,
// a method only with a file that `open` gave it; their arguments go on to the system's own unchanged.

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    opened: *mut c_int,
) -> c_int {
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        let Some(open) = system.as_ref().and_then(|system| system.xOpen) else { return ffi::SQLITE_CANTOPEN };
        let code = open(system, name, file, flags, opened);
        if flags & ffi::SQLITE_OPEN_WAL != 0
            && let Some(methods) = (*file).pMethods.as_ref()
        {
            let known = METHODS.get_or_init(|| Methods {
                system: methods,
                own: sqlite3_io_methods {
                    xRead: Some(read),
                    xWrite: Some(write),
                    xTruncate: Some(truncate),
                    xSync: Some(sync),
                    xFileSize: Some(file_size),
                    ..*methods
                },
            });
            // A log of another kind than the first stays the system's.
            if ptr::eq(known.system, methods) {
                (*file).pMethods = &raw const known.own;
            }
        }
        code
    }
}

unsafe extern "C" fn write(log: *mut sqlite3_file, from: *const c_void, length: c_int, offset: i64) -> c_int {
    unsafe {
        let bytes = slice::from_raw_parts(from.cast(), usize::try_from(length).unwrap_or_default());
        match GATHERED.try_with(|gathered| gathered.borrow_mut().write(log, bytes, offset)) {
            Ok(code) => code,
            Err(_) => write_through(log, bytes, offset),
        }
    }
}

unsafe extern "C" fn read(log: *mut sqlite3_file, into: *mut c_void, length: c_int, offset: i64) -> c_int {
    after_flush(|system| system.xRead.map(|read| unsafe { read(log, into, length, offset) }))
}

unsafe extern "C" fn truncate(log: *mut sqlite3_file, size: i64) -> c_int {
    after_flush(|system| system.xTruncate.map(|truncate| unsafe { truncate(log, size) }))
}

unsafe extern "C" fn sync(log: *mut sqlite3_file, flags: c_int) -> c_int {
    after_flush(|system| system.xSync.map(|sync| unsafe { sync(log, flags) }))
}

unsafe extern "C" fn file_size(log: *mut sqlite3_file, size: *mut i64) -> c_int {
    after_flush(|system| system.xFileSize.map(|file_size| unsafe { file_size(log, size) }))
}

#[cfg(test)]
mod tests;
