// bool, true and false are part of C++.
#pragma once
#define __bool_true_false_are_defined 1
