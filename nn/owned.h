#pragma once

#include <concepts>
#include <memory>

namespace locus {

// Owns one object of a class derived from T, or none. Copying an Owned copies the object, by T's
// std::unique_ptr<T> clone() const, so that a module that holds one is copied whole.
template <class T>
class Owned {
 public:
  Owned() = default;
  template <std::derived_from<T> Object>
  Owned(std::unique_ptr<Object> object) : object_(std::move(object)) {}
  Owned(const Owned& other) : object_(other ? other->clone() : nullptr) {}
  Owned(Owned&&) noexcept = default;
  Owned& operator=(Owned other) noexcept {
    object_ = std::move(other.object_);
    return *this;
  }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() { return object_.get(); }
  const T* get() const { return object_.get(); }
  T& operator*() { return *object_; }
  const T& operator*() const { return *object_; }
  T* operator->() { return object_.get(); }
  const T* operator->() const { return object_.get(); }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace locus
