//! Waiting, for tests and benches. A browser never waits: there the page's event loop drives the device.

use crate::device::Gpu;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

/// Runs a future to its end without a device to drive: opening one needs no more.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::yield_now();
    }
}

impl Gpu {
    /// Runs a future to its end, waiting for the device whenever it has to.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.wait();
        }
    }

    /// Waits until everything submitted so far is done, or the device is lost.
    pub fn wait(&self) {
        // An error here is a lost device, which its callback reports.
        let _ = self.device.poll(wgpu::PollType::wait_indefinitely());
    }
}
