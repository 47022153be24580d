//! What may be sent to, and shared with, other threads.

use std::cell::Cell;
use std::rc::Rc;

use threading::futures::{
    AsCompleted, Awaiting, Builder, Future, FutureError, MapError, Promise, RefusedError,
    ResultError, ScopedExecutor, SubmitError, ThreadPoolExecutor,
};

/// Whether a type has a trait: the inherent constant is preferred where its bound holds.
macro_rules! has {
    ($type:ty: $trait:ident) => {{
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        trait Otherwise {
            const ANSWER: bool = false;
        }
        impl<T: ?Sized> Otherwise for Asked<T> {}
        impl<T: ?Sized + $trait> Asked<T> {
            const ANSWER: bool = true;
        }
        Asked::<$type>::ANSWER
    }};
}

/// Whether it is Send, and Sync.
macro_rules! table {
    ($($type:ty: $send:literal $sync:literal;)*) => {
        $(assert_eq!(
            (has!($type: Send), has!($type: Sync)),
            ($send, $sync),
            stringify!($type),
        );)*
    };
}

#[test]
fn the_table() {
    table! {
        ThreadPoolExecutor: true true;
        ScopedExecutor<'static>: true true;
        Builder: true true;
        Future<u32>: true true;
        Future<Cell<u32>>: true false;
        Future<Rc<u32>>: false false;
        Awaiting<u32>: true true;
        Awaiting<Cell<u32>>: true false;
        Promise<u32>: true true;
        Promise<Cell<u32>>: true true;
        Promise<Rc<u32>>: false false;
        AsCompleted<Future<u32>>: true true;
        FutureError: true true;
        MapError: true true;
        RefusedError: true true;
        ResultError<u32>: true true;
        SubmitError<Cell<u32>>: true false;
    }
}
