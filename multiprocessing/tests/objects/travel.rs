//! Objects on their way: over connections and with arguments, nowhere else.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};

use manyways_testkit::guarded;
use multiprocessing::connection::{AuthKey, Client, Connection, Listener, pipe};
use multiprocessing::queue::PutError;
use multiprocessing::{
    Array, Barrier, BoundedSemaphore, Condition, Event, JoinableQueue, Lock, Queue, RLock,
    RawArray, RawValue, Semaphore, SimpleQueue, Value, task,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::{started, with_each_method};

/// There and back over a connection.
fn travelled<T: Serialize + DeserializeOwned>(object: &T) -> T {
    let (mut here, mut there) = pipe().unwrap();
    here.send(object).unwrap();
    let came: T = there.recv().unwrap();
    there.send(&came).unwrap();
    here.recv().unwrap()
}

#[test]
fn what_comes_is_the_same_object() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let guard = lock.lock().unwrap();
        assert!(travelled(&lock).locked());
        drop(guard);

        let rlock = RLock::new().unwrap();
        let guard = rlock.lock().unwrap();
        assert!(travelled(&rlock).is_owned());
        drop(guard);

        let event = Event::new().unwrap();
        travelled(&event).set();
        assert!(event.is_set());

        let semaphore = Semaphore::new(1).unwrap();
        travelled(&semaphore).release(4).unwrap();
        assert_eq!(semaphore.value(), 5);

        let bounded = BoundedSemaphore::new(1).unwrap();
        let _ = travelled(&bounded).acquire().unwrap();
        assert_eq!(bounded.value(), 0);

        let condition = Condition::new().unwrap();
        let guard = condition.lock().unwrap();
        assert_eq!(travelled(&condition).notify_all().unwrap(), 0);
        drop(guard);

        let barrier = Barrier::new(1).unwrap();
        travelled(&barrier).abort().unwrap();
        assert!(barrier.is_broken());
    });
}

#[test]
fn queues_and_values_too() {
    guarded(|| {
        let queue = Queue::with_maxsize(3).unwrap();
        travelled(&queue).put(&1).unwrap();
        assert_eq!(queue.get().unwrap(), 1);

        let simple = SimpleQueue::new().unwrap();
        travelled(&simple).put(&2).unwrap();
        assert_eq!(simple.get().unwrap(), 2);

        let joinable = JoinableQueue::new().unwrap();
        joinable.put(&3).unwrap();
        let same = travelled(&joinable);
        assert_eq!((same.get().unwrap(), joinable.unfinished()), (3, 1));
        joinable.task_done().unwrap();

        let value = Value::new(4).unwrap();
        travelled(&value).set(5).unwrap();
        assert_eq!(value.get().unwrap(), 5);

        let array = Array::from_slice(&[1, 2, 3]).unwrap();
        travelled(&array).lock().unwrap().reverse();
        assert_eq!(array.to_vec().unwrap(), [3, 2, 1]);

        let raw = (
            RawValue::new([1_u8; 3]).unwrap(),
            RawArray::from_slice(&[7_u128]).unwrap(),
        );
        let same = travelled(&raw);
        same.0.set([2; 3]);
        same.1.set(0, 8);
        assert_eq!((raw.0.get(), raw.1.to_vec()), ([2; 3], vec![8]));
    });
}

/// A queue whose items are of a type of its own, and a value, inside of other data.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Office {
    name: String,
    inbox: Option<Queue<(u32, String)>>,
    counters: Vec<Value<u64>>,
}

#[task]
fn attend(office: Office) -> String {
    for item in office.inbox.unwrap().iter() {
        let (number, _) = item.unwrap();
        *office.counters[number as usize].lock().unwrap() += 1;
    }
    office.name
}

#[test]
fn objects_inside_of_arguments() {
    with_each_method(|context| {
        let inbox = Queue::new().unwrap();
        let counters: Vec<_> = (0..3).map(|_| Value::new(0).unwrap()).collect();
        let office = Office {
            name: "lost property".to_owned(),
            inbox: Some(inbox.clone()),
            counters: counters.clone(),
        };
        let mut clerk = started(context.process(attend, (office,)));
        (0..30).for_each(|n| inbox.put(&(n % 3, "an umbrella".to_owned())).unwrap());
        inbox.close();
        assert_eq!(clerk.join().unwrap(), "lost property");
        counters
            .iter()
            .for_each(|counter| assert_eq!(counter.get().unwrap(), 10));
    });
}

#[task]
fn hand_back(lock: Lock, queue: Queue<u32>) -> (Lock, Queue<u32>) {
    let _ = lock.acquire().unwrap();
    lock.release().unwrap();
    (lock, queue)
}

/// What a process returns has no connection to travel over, or it has: either the same objects come, or an error.
#[test]
fn objects_in_what_is_returned() {
    with_each_method(|context| {
        let (lock, queue) = (Lock::new().unwrap(), Queue::new().unwrap());
        let mut process = started(context.process(hand_back, (lock.clone(), queue.clone())));
        let (same_lock, same_queue) = process.join().unwrap();
        let guard = lock.lock().unwrap();
        assert!(same_lock.locked());
        drop(guard);
        same_queue.put(&1).unwrap();
        assert_eq!(queue.get().unwrap(), 1);
    });
}

fn is_refused_by_a_queue<T: Serialize + Debug>(object: &T) {
    let queue = Queue::new().unwrap();
    let error = queue.put(object).unwrap_err();
    assert!(matches!(error, PutError::Carries(_)), "{error:?}");
    assert!(
        error.to_string().ends_with("send it over a connection"),
        "{error}"
    );
    assert!(queue.is_empty());
}

#[test]
fn queues_carry_no_objects() {
    guarded(|| {
        is_refused_by_a_queue(&Lock::new().unwrap());
        is_refused_by_a_queue(&Condition::new().unwrap());
        is_refused_by_a_queue(&Queue::<u32>::new().unwrap());
        is_refused_by_a_queue(&JoinableQueue::<u32>::new().unwrap());
        is_refused_by_a_queue(&Value::new(1).unwrap());
        is_refused_by_a_queue(&RawArray::from_slice(&[1]).unwrap());
        is_refused_by_a_queue(&vec![Barrier::new(2).unwrap()]);
    });
}

#[test]
fn a_network_carries_no_objects() {
    guarded(|| {
        let key = AuthKey::from_key([3; 32]);
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Listener::options().authkey(key.clone());
        let mut listener = options.bind(loopback).unwrap();
        let address = listener.address().clone();
        let connect = move || Client::options().authkey(key).connect(address).unwrap();
        let client = std::thread::spawn(connect);
        let mut here = listener.accept().unwrap();
        let mut there = client.join().unwrap();
        for error in [
            here.send(&Event::new().unwrap()).unwrap_err(),
            here.send(&Value::new(1).unwrap()).unwrap_err(),
            here.send(&Queue::<u32>::new().unwrap()).unwrap_err(),
        ] {
            assert!(!error.is_closed(), "{error}");
        }
        here.send(&5).unwrap();
        assert_eq!(there.recv::<i32>().unwrap(), 5);
    });
}

/// Whatever was sent, only what was asked for is made of it.
fn is_refused_as<T: DeserializeOwned + Debug>(objects: &[&dyn Sent]) {
    for object in objects {
        let (mut here, mut there) = pipe().unwrap();
        object.send_over(&mut here);
        let came = there.recv::<T>();
        let error = came.expect_err("another object");
        assert!(error.is_decode(), "{error}");
        here.send(&6).unwrap();
        assert_eq!(there.recv::<i32>().unwrap(), 6);
    }
}

/// Any object, to be sent.
trait Sent {
    fn send_over(&self, connection: &mut Connection);
}

impl<T: Serialize> Sent for T {
    fn send_over(&self, connection: &mut Connection) {
        connection.send(self).unwrap();
    }
}

#[test]
fn one_object_is_not_taken_for_another() {
    guarded(|| {
        let lock = Lock::new().unwrap();
        let rlock = RLock::new().unwrap();
        let value = Value::new(7_u64).unwrap();
        let array = Array::from_slice(&[1_u64, 2]).unwrap();
        let raw = RawArray::from_slice(&[1_u64, 2]).unwrap();
        let queue = Queue::<u64>::new().unwrap();
        let joinable = JoinableQueue::<u64>::new().unwrap();
        is_refused_as::<Lock>(&[&rlock, &value, &array, &raw, &queue, &joinable]);
        is_refused_as::<RLock>(&[&lock, &value, &array, &raw, &queue, &joinable]);
        is_refused_as::<Event>(&[&lock, &rlock, &value, &raw, &queue, &joinable]);
        is_refused_as::<Queue<u64>>(&[&lock, &rlock, &value, &array, &raw, &joinable]);
        is_refused_as::<JoinableQueue<u64>>(&[&lock, &rlock, &value, &array, &raw, &queue]);
        is_refused_as::<Value<u64>>(&[&lock, &rlock, &array, &raw, &queue, &joinable]);
        is_refused_as::<RawValue<u64>>(&[&lock, &rlock, &value, &array, &raw, &queue]);
        // Values of another size, or aligned in another way; and values without their lock.
        is_refused_as::<Array<u32>>(&[&array, &value]);
        is_refused_as::<Array<u128>>(&[&array, &value]);
        is_refused_as::<RawArray<u8>>(&[&array, &raw, &value, &queue, &lock]);
        is_refused_as::<RawArray<u64>>(&[&array, &value]);
    });
}
