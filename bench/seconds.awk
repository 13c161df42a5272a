# How long the next measurement of a way takes: as its last one, or as the longest of its situation and shape.

value($0, "bench") == bench && value($0, "situation") == situation && value($0, "shape") == shape {
    last = value($0, "seconds") + 0
    if (value($0, "way") == way) own = last
    if (last > longest) longest = last
}

END { print own ? own : longest + 0 }
