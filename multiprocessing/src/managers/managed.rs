//! Types that a manager's user registers.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::fault::{Fault, FaultKind};
use super::item::Item;
use super::object::{Args, Object, no_method};
use super::session::Caller;
use super::value::Value;
use crate::mutex::Mutex;

pub(crate) type Factory = Box<dyn Fn(Args) -> Result<Box<dyn Object>, Fault> + Send + Sync>;

type Method<T> = Box<dyn Fn(&mut T, Args, &Caller) -> Result<Value, Fault> + Send + Sync>;

/// A type of one's own for a manager: how its objects are made, and which methods clients may call.
///
/// An object is under a lock of its own while a method runs, so each method is one indivisible step; a method that waits
/// holds up all callers of its object. A panic becomes the caller's error, with its backtrace, and the object goes on as the
/// panic left it. Arguments are tuples of [`Item`]s, `()` for none.
///
/// ```
/// use multiprocessing::managers::{ManagedType, Manager};
///
/// struct Tank(f64);
///
/// let tank = ManagedType::new("Tank", |(litres,): (f64,)| Tank(litres))
///     .method("fill", |tank: &mut Tank, (litres,): (f64,)| tank.0 += litres)
///     .try_method("drain", |tank: &mut Tank, (litres,): (f64,)| {
///         if litres > tank.0 {
///             return Err(format!("there are only {} litres", tank.0));
///         }
///         tank.0 -= litres;
///         Ok(tank.0)
///     });
/// let manager = Manager::options().register(tank).start()?;
///
/// let tank = manager.create("Tank", (10.0,))?;
/// tank.call::<()>("fill", (5.0,))?;
/// assert_eq!(tank.call::<f64>("drain", (12.0,))?, 3.0);
/// let error = tank.call::<f64>("drain", (4.0,)).unwrap_err();
/// assert_eq!(error.fault().unwrap().to_string(), "there are only 3 litres");
/// # Ok::<(), multiprocessing::managers::Error>(())
/// ```
pub struct ManagedType<T> {
    pub(crate) type_id: String,
    make: Box<dyn Fn(Args) -> Result<T, Fault> + Send + Sync>,
    methods: HashMap<String, Method<T>>,
}

impl<T: Send + 'static> ManagedType<T> {
    /// A type with this name, whose objects `make` makes of the arguments of [`create`](super::Manager::create).
    pub fn new<A: Item>(
        type_id: impl Into<String>,
        make: impl Fn(A) -> T + Send + Sync + 'static,
    ) -> ManagedType<T> {
        ManagedType {
            type_id: type_id.into(),
            make: Box::new(move |args| Ok(make(arguments(args)?))),
            methods: HashMap::new(),
        }
    }

    /// Adds a method. One of the same name is replaced.
    #[must_use]
    pub fn method<A: Item, R: Item>(
        mut self,
        name: impl Into<String>,
        method: impl Fn(&mut T, A) -> R + Send + Sync + 'static,
    ) -> ManagedType<T> {
        let method = move |object: &mut T, args, _: &Caller| {
            Ok(method(object, arguments(args)?).into_value())
        };
        self.methods.insert(name.into(), Box::new(method));
        self
    }

    /// Adds a method that may fail. The text of its error reaches the caller, in a fault of the kind
    /// [`Raised`](FaultKind::Raised).
    #[must_use]
    pub fn try_method<A: Item, R: Item, E: fmt::Display>(
        mut self,
        name: impl Into<String>,
        method: impl Fn(&mut T, A) -> Result<R, E> + Send + Sync + 'static,
    ) -> ManagedType<T> {
        let method = move |object: &mut T, args, _: &Caller| {
            let result = method(object, arguments(args)?);
            result.map(Item::into_value).map_err(Fault::raised)
        };
        self.methods.insert(name.into(), Box::new(method));
        self
    }

    /// Adds a method that makes an object, which stays in the server; the caller gets a [`Proxy`](super::Proxy) of it. Python's
    /// `method_to_typeid`. The object has the name and the methods of `managed`, which need not be registered itself.
    ///
    /// ```
    /// use multiprocessing::managers::{ManagedType, Manager, Proxy};
    ///
    /// let counter = ManagedType::new("Counter", |(from,): (i64,)| from)
    ///     .method("next", |count: &mut i64, ()| std::mem::replace(count, *count + 1));
    /// let clock = ManagedType::new("Clock", |()| ())
    ///     .object_method("count_from", counter, |(), (from,): (i64,)| from);
    /// let manager = Manager::options().register(clock).start()?;
    ///
    /// let clock = manager.create("Clock", ())?;
    /// let counter: Proxy = clock.call("count_from", (5,))?;
    /// assert_eq!(counter.type_id(), "Counter");
    /// assert_eq!((counter.call::<i64>("next", ())?, counter.call::<i64>("next", ())?), (5, 6));
    /// # Ok::<(), multiprocessing::managers::Error>(())
    /// ```
    #[must_use]
    pub fn object_method<A: Item, U: Send + 'static>(
        mut self,
        name: impl Into<String>,
        managed: ManagedType<U>,
        method: impl Fn(&mut T, A) -> U + Send + Sync + 'static,
    ) -> ManagedType<T> {
        let kind = Kind::new(&managed.type_id, managed.methods);
        let method = move |object: &mut T, args, caller: &Caller| {
            let made = kind.own(method(object, arguments(args)?));
            Ok(caller.refer_to(&kind.type_id, made))
        };
        self.methods.insert(name.into(), Box::new(method));
        self
    }

    pub(crate) fn into_factory(self) -> (String, Factory) {
        let ManagedType {
            type_id,
            make,
            methods,
        } = self;
        let kind = Kind::new(&type_id, methods);
        let factory = move |args| Ok(kind.own(make(args)?));
        (type_id, Box::new(factory))
    }
}

impl<T> fmt::Debug for ManagedType<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut methods: Vec<_> = self.methods.keys().collect();
        methods.sort_unstable();
        f.debug_struct("ManagedType")
            .field("type_id", &self.type_id)
            .field("methods", &methods)
            .field("of", &PhantomData::<T>)
            .finish_non_exhaustive()
    }
}

fn arguments<A: Item>(args: Args) -> Result<A, Fault> {
    let values = args.into_values();
    let value = match values.is_empty() {
        true => Value::None,
        false => Value::Tuple(values),
    };
    A::from_value(value).map_err(|value| {
        let why = format!("the arguments {value} are not those of the method");
        Fault::new(FaultKind::Type, why)
    })
}

/// What all objects of a type have.
struct Kind<T> {
    type_id: String,
    methods: HashMap<String, Method<T>>,
}

impl<T: Send + 'static> Kind<T> {
    fn new(type_id: &str, methods: HashMap<String, Method<T>>) -> Arc<Kind<T>> {
        let type_id = type_id.to_owned();
        Arc::new(Kind { type_id, methods })
    }

    fn own(self: &Arc<Kind<T>>, state: T) -> Box<dyn Object> {
        Box::new(Own {
            kind: Arc::clone(self),
            state: Mutex::new(state),
        })
    }
}

struct Own<T> {
    kind: Arc<Kind<T>>,
    state: Mutex<T>,
}

impl<T: Send> Object for Own<T> {
    fn call(&self, method: &str, args: Args, caller: &Caller) -> Result<Value, Fault> {
        let Kind { type_id, methods } = &*self.kind;
        let call = methods
            .get(method)
            .ok_or_else(|| no_method(type_id, method))?;
        // After a panic it goes on as that left it: the docs of `ManagedType` say so.
        let state = &mut self.state.lock();
        call(state, args, caller)
    }
}
